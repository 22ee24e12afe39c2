package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/storytest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"extractor": func() { os.Exit(cli.Main(newRoot)) }})
}

func TestStories(t *testing.T) { storytest.Run(t, "../../examples/apim", nil) }
