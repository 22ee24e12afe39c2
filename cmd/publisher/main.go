// Command publisher brings a gateway up to date with what git says: it plans,
// shows the plan, and carries it out in stages.
package main

import (
	"os"

	"github.com/lockstep-apiops/lockstep/internal/cli"
)

func main() { os.Exit(cli.Main(newRoot)) }
