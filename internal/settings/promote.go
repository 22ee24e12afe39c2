package settings

import "github.com/lockstep-apiops/lockstep/internal/config"

// Promote returns the settings that the publisher's command promote has besides.
func Promote() []config.Setting {
	return []config.Setting{
		{Name: "test-runtime", Usage: "runtime to bring what was published to first"},
		{Name: "test", Usage: "command to run for each resource that is on the runtime of --test-runtime; unless all end with 0, nothing goes on to --to-runtime"},
		{Name: "test-timeout", Type: config.Duration, Default: "15m", Usage: "longest time for the command of --test, for each resource"},
		{Name: "to-runtime", Usage: "runtime to bring it to in the end"},
		{Name: "from-runtime", Usage: "runtime to take it from, as it is there: nothing is published before"},
	}
}
