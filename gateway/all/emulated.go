package all

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spf13/pflag"

	"github.com/lockstep-apiops/lockstep/internal/config"
)

// An emulation is what leads to a gateway that nobody uses.
type emulation struct {
	// settings are those that lead to it, as environment variables. It is at
	// an address or, of a product that is a file, in a folder.
	settings func(at string, v *config.Values) []string
	// env is what its resources find in the environment; nil: nothing.
	env func(string) string
}

// emulations are those of the products, by their names.
func emulations() map[string]emulation {
	return map[string]emulation{
		"amplify": {settings: emulatedAmplify},
		"amplifyproxies": {emulatedAmplify, func(string) string {
			return "stand-in"
		}},
		"apim": {settings: func(endpoint string, v *config.Values) []string {
			return []string{
				"AZURE_RESOURCE_MANAGER_ENDPOINT=" + endpoint, "AZURE_BEARER_TOKEN=rehearsal",
				"API_MANAGEMENT_SERVICE_NAME=" + cmp.Or(v.String("service-name"), "rehearsal"),
				"AZURE_SUBSCRIPTION_ID=00000000-0000-0000-0000-000000000000", "AZURE_RESOURCE_GROUP_NAME=rehearsal",
			}
		}},
		"autoflow": {settings: func(folder string, v *config.Values) []string {
			return []string{
				"LOCKSTEP_TARGET=" + folder, "LOCKSTEP_AUTOFLOW_CREATE=true", "LOCKSTEP_AUTOFLOW_BACKUPS=0",
				"LOCKSTEP_AUTOFLOW_NAME=" + cmp.Or(v.String("autoflow-name"), v.String("target"), "rehearsal"),
				fmt.Sprintf("LOCKSTEP_AUTOFLOW_LIVE_EXAMPLES=%t", v.Bool("autoflow-live-examples")),
				fmt.Sprintf("LOCKSTEP_AUTOFLOW_NO_VISUAL_IDS=%t", v.Bool("autoflow-no-visual-ids")),
			}
		}},
	}
}

// RehearsalAccount is the name and the secret of the account that an emulator
// of Amplify lets in.
const RehearsalAccount = "rehearsal"

// emulatedAmplify asks for nothing before it is used: an emulator has no kinds
// that the table lacks.
func emulatedAmplify(endpoint string, v *config.Values) []string {
	return []string{
		"AXWAY_CENTRAL_BASE_URL=" + endpoint, "AXWAY_AUTH_BASE_URL=" + endpoint, "AXWAY_PLATFORM_BASE_URL=" + endpoint,
		"AXWAY_CLIENT_ID=" + RehearsalAccount, "AXWAY_CLIENT_SECRET=" + RehearsalAccount, "LOCKSTEP_AMPLIFY_NO_DISCOVERY=true",
		"LOCKSTEP_AMPLIFY_NAME=" + cmp.Or(v.String("amplify-name"), "rehearsal"),
		fmt.Sprintf("LOCKSTEP_AMPLIFY_FORCE_DELETE=%t", v.Bool("amplify-force-delete")),
	}
}

// Emulated opens a gateway of the product that the settings name, which an
// emulator on this machine serves at an address, or of which the file is in a
// folder. Of the settings only those count that say what it is called and how
// it is read, and nothing of the surroundings: no address and no credential can
// lead elsewhere.
func Emulated(v *config.Values, at string, o Options) (*Opened, error) {
	name := v.String("gateway")
	of, ok := emulations()[name]
	if !ok {
		return nil, fmt.Errorf("open emulator: there is none of %s", name)
	}
	set, err := config.NewSet(slices.Clone(Settings()))
	if err != nil {
		return nil, err
	}
	own, err := set.Resolve(pflag.NewFlagSet(name, pflag.ContinueOnError), append(of.settings(at, v), "LOCKSTEP_GATEWAY="+name))
	if err != nil {
		return nil, fmt.Errorf("open emulator of %s: %w", name, err)
	}
	o.Env = func(name string) string {
		if of.env == nil {
			return ""
		}
		return of.env(name)
	}
	return Open(own, o)
}
