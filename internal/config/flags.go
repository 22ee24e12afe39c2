package config

import (
	"strings"

	"github.com/spf13/pflag"
)

// AddFlags defines a flag for each setting. A flag is also known by the names that other tools have for the setting, and
// by any spelling of these: --AZURE_RESOURCE_GROUP_NAME works where AZURE_RESOURCE_GROUP_NAME does. Only the setting's
// own name shows in help. The flag of a secret is there to be refused by Resolve, which says what to do instead.
func (s *Set) AddFlags(flags *pflag.FlagSet) {
	flags.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		return pflag.NormalizedName(s.flagName(name))
	})
	for i := range s.settings {
		row := &s.settings[i]
		usage := row.flagUsage()
		if !row.Inert {
			s.addFlag(flags, row, row.Name, row.Short, usage).Hidden = row.Secret
		}
		for _, a := range row.aliases() {
			if _, own := s.byName[fold(a.name)]; !own && flags.Lookup(a.name) == nil {
				s.addFlag(flags, row, a.name, "", usage).Hidden = true
			}
		}
	}
	if len(s.sections) > 0 {
		flags.VarPF(&entryValue{}, entryFlag, "", "one entry of a list in the configuration file").Hidden = true
	}
}

// addFlag defines one flag of a setting.
func (s *Set) addFlag(flags *pflag.FlagSet, row *Setting, name, short, usage string) *pflag.Flag {
	flag := flags.VarPF(&flagValue{setting: row}, name, short, usage)
	flag.DefValue = row.Default
	if row.Type == Bool && !row.Inert {
		flag.NoOptDefVal = "true"
	}
	return flag
}

// flagName returns the name of the flag that is meant by any of a setting's names.
func (s *Set) flagName(name string) string {
	if row, ok := s.byName[fold(name)]; ok {
		return row.Name
	}
	if a, ok := s.alias(name); ok {
		return a.name
	}
	if _, _, ok := s.entry(name); ok {
		return entryFlag
	}
	return name
}

// flagUsage returns the line of help, with what the flag's type does not say.
func (s *Setting) flagUsage() string {
	usage := s.Usage
	if len(s.Choices) > 0 {
		usage += ": " + strings.Join(s.Choices, ", ")
	}
	for _, name := range s.Negate {
		usage += "; the opposite of " + name
	}
	return usage + " [" + strings.Join(s.EnvNames(), ", ") + "]"
}

// flagValue keeps what a flag was given. It accepts any text: all that is wrong with the settings is reported at once,
// by Resolve, whether it stood in a flag or elsewhere.
type flagValue struct {
	setting *Setting
	texts   []string
}

// Set keeps the text; a list keeps every text it is given, anything else the last.
func (v *flagValue) Set(text string) error {
	if v.setting.Type != List {
		v.texts = nil
	}
	v.texts = append(v.texts, text)
	return nil
}

// String returns what the flag was given.
func (v *flagValue) String() string { return strings.Join(v.texts, ",") }

// Type returns the word that help shows for the value.
func (v *flagValue) Type() string { return v.setting.Type.String() }

// given returns the texts that a flag was given, or none when it was not or was given nothing.
func given(flags *pflag.FlagSet, name string) []string {
	flag := flags.Lookup(name)
	if flag == nil || !flag.Changed || blank(flag.Value.String()) {
		return nil
	}
	if v, ok := flag.Value.(*flagValue); ok {
		return v.texts
	}
	return []string{flag.Value.String()}
}
