// Command composelint prints what Docker Compose's own library finds wrong with a Compose file: keys that there are none of,
// values of the wrong type, and variables that the file of variables does not have.
//
//	composelint [-env-file FILE] FILE
//
// It is a module of its own because the library brings more with it than Lockstep needs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

func main() {
	variables := flag.String("env-file", "", "file with the values of variables, as KEY=VALUE")
	flag.Parse()
	if err := run(context.Background(), *variables, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "composelint:", err)
		os.Exit(1)
	}
}

// run loads a file as Compose would, without what only the machine that it is for has.
func run(ctx context.Context, variables string, files []string) error {
	if len(files) != 1 {
		return errors.New("usage: composelint [-env-file FILE] FILE")
	}
	env := map[string]string{}
	if variables != "" {
		var err error
		if env, err = dotenv.Read(variables); err != nil {
			return fmt.Errorf("read variables: %w", err)
		}
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		return err
	}
	missing := map[string]bool{}
	details := types.ConfigDetails{
		WorkingDir:  filepath.Dir(files[0]),
		ConfigFiles: []types.ConfigFile{{Filename: files[0], Content: content}},
		Environment: env,
	}
	project, err := loader.LoadWithContext(ctx, details, func(o *loader.Options) {
		o.SkipResolveEnvironment = true // the files that env_file names are on the machine
		lookup := o.Interpolate.LookupValue
		o.Interpolate.LookupValue = func(name string) (string, bool) {
			value, ok := lookup(name)
			missing[name] = missing[name] || !ok
			return value, ok
		}
	})
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		if missing[name] {
			return fmt.Errorf("%s: no value for the variable %s", files[0], name)
		}
	}
	for _, service := range project.Services {
		if !strings.Contains(service.Image, ":") {
			return fmt.Errorf("%s: service %s: image %q has no tag", files[0], service.Name, service.Image)
		}
	}
	return nil
}
