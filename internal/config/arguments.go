package config

import (
	"strings"

	"github.com/spf13/pflag"
)

// Arguments returns the arguments of a command line in the form that flags are read in. Beyond that form it takes what
// .NET programs take, of flags that AddFlags has defined:
//
//	--dry-run true           a value of its own, for yes and no too
//	/DRY_RUN true            a slash, before a name that other tools have for a setting
//	--apis:0=orders          one entry of a list in the configuration file
//
// What begins with a slash and is no such name is left alone: it is a path. The function lookUp finds the flag that a
// name means, or nil.
func Arguments(lookUp func(name string) *pflag.Flag, args []string) []string {
	var out []string
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			return append(out, args[i:]...)
		}
		a := readArgument(lookUp, args[i])
		last := i+1 == len(args)
		switch {
		case a.flag == nil || a.has:
			out = append(out, a.text())
		case a.flag.NoOptDefVal == "" && !last:
			i++
			a.value, a.has = args[i], true
			out = append(out, a.text())
		case !last && isBool(args[i+1]):
			i++
			a.value, a.has = args[i], true
			out = append(out, a.text())
		default:
			out = append(out, a.text())
		}
	}
	return out
}

// argument is one of a command line.
type argument struct {
	raw         string
	flag        *pflag.Flag // which it sets, or nil when it is none that AddFlags defined
	name, value string
	has         bool // a value
}

// readArgument finds out what an argument is.
func readArgument(lookUp func(string) *pflag.Flag, raw string) argument {
	a := argument{raw: raw}
	name, slash := strings.CutPrefix(raw, "/")
	if !slash {
		var long bool
		if name, long = strings.CutPrefix(raw, "--"); !long {
			return shorthand(lookUp, raw)
		}
	}
	name, value, has := strings.Cut(name, "=")
	flag := lookUp(name)
	if name == "" || !ours(flag) || slash && isPath(name, flag) {
		return a
	}
	return argument{raw: raw, flag: flag, name: name, value: value, has: has}
}

// shorthand keeps the value of a flag of one letter from being taken for an argument of its own.
func shorthand(lookUp func(string) *pflag.Flag, raw string) argument {
	a := argument{raw: raw}
	if len(raw) == 2 && raw[0] == '-' {
		if flag := lookUp(raw); ours(flag) && flag.NoOptDefVal == "" {
			a.flag, a.name = flag, flag.Name
		}
	}
	return a
}

// text returns the argument in the form that flags are read in.
func (a argument) text() string {
	if a.flag == nil {
		return a.raw
	}
	text := "--" + a.name
	if a.flag.Name == entryFlag {
		return "--" + entryFlag + "=" + a.name + "=" + a.value
	}
	if a.has {
		text += "=" + a.value
	}
	return text
}

// ours reports whether AddFlags has defined a flag.
func ours(flag *pflag.Flag) bool {
	if flag == nil {
		return false
	}
	switch flag.Value.(type) {
	case *flagValue, *entryValue:
		return true
	}
	return false
}

// isPath reports whether a name behind a slash is rather a path: one word, or the very name that only this program has
// for the setting.
func isPath(name string, flag *pflag.Flag) bool {
	v, ok := flag.Value.(*flagValue)
	own := ok && v.setting.Name == flag.Name
	return own && (name == flag.Name || !strings.ContainsAny(name, "-_"))
}

// isBool reports whether a text is a yes or no that nobody means otherwise.
func isBool(text string) bool {
	return strings.EqualFold(text, "true") || strings.EqualFold(text, "false")
}
