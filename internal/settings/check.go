package settings

import "github.com/lockstep-apiops/lockstep/internal/config"

// Validate returns the settings that the publisher's command validate has
// besides.
func Validate() []config.Setting {
	return []config.Setting{
		{Name: "strict", Type: config.Bool, Usage: "end with 1 for warnings as well"},
		{Name: "lint", Usage: "command that judges the definitions of APIs, such as 'spectral lint'; it is given their paths, or each at a time in the place of {}"},
		{Name: "lint-timeout", Type: config.Duration, Default: "5m", Usage: "longest time for the linter"},
	}
}

// Rehearse returns the settings that the publisher's command rehearse has
// besides.
func Rehearse() []config.Setting {
	return []config.Setting{
		{Name: "strict", Type: config.Bool, Usage: "end with 1 for warnings as well"},
	}
}
