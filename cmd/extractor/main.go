// Command extractor brings a folder or a git repository up to date with a
// gateway, and proposes what changed as a pull request.
package main

import (
	"os"

	"github.com/lockstep-apiops/lockstep/internal/cli"
)

func main() { os.Exit(cli.Main(newRoot)) }
