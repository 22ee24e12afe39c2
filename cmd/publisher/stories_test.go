package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/storytest"
	"github.com/lockstep-apiops/lockstep/internal/temptest"
)

func TestMain(m *testing.M) {
	temptest.InMemory()
	testscript.Main(m, map[string]func(){
		"publisher":        func() { os.Exit(cli.Main(newRoot)) },
		"restart-autoflow": restartAutoflow,
	})
}

// restartAutoflow is a command that has the API AutoFlow of a story boot again, as "sandbox autoflow restart" does.
func restartAutoflow() {
	res, err := http.Post(os.Getenv("AUTOFLOW")+"/_sandbox/boot", "", nil)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if _, err := io.Copy(os.Stdout, res.Body); err != nil || res.StatusCode != http.StatusOK {
		os.Exit(1)
	}
}

func TestStories(t *testing.T) { storytest.Run(t, "../../examples/apim", nil) }
