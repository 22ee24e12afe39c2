package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"gopkg.in/yaml.v3"
)

// Error is a value that can not be used, or one that is missing. It is the user's to mend.
type Error struct {
	Source string // where it stands: "--max-delete", "LOCKSTEP_MAX_DELETE in the environment", "lockstep.yaml:3"
	Err    error
}

// Error returns the source and what is wrong there.
func (e *Error) Error() string { return e.Source + ": " + e.Err.Error() }

// Unwrap returns what is wrong.
func (e *Error) Unwrap() error { return e.Err }

// Values are the settings of one run.
type Values struct {
	set     *Set
	values  map[string]value
	file    *file
	missing string // name of a file that need not be there, and is not
}

// value is what one setting came to.
type value struct {
	parsed any
	source string
}

// Resolve returns the value of each setting: its flag's, else the environment's, else the configuration file's, else
// the default. An empty text is no value, wherever it stands. The environment is a list of NAME=value, as from
// os.Environ. All that is wrong is reported at once, each as an *Error.
func (s *Set) Resolve(flags *pflag.FlagSet, environ []string) (*Values, error) {
	v := &Values{set: s, values: make(map[string]value), file: &file{}}
	env := newEnvironment(environ)
	if err := v.load(flags, env); err != nil {
		return nil, err
	}
	var errs []error
	for i := range s.settings {
		row := &s.settings[i]
		texts, source := v.lookUp(row, flags, env)
		if texts == nil {
			continue
		}
		parsed, err := row.parse(texts)
		if err != nil {
			errs = append(errs, &Error{Source: source, Err: err})
			continue
		}
		v.values[row.Name] = value{parsed: parsed, source: source}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return v, nil
}

// load reads the configuration file, if the set has a setting that names one. A file that only the default names need
// not exist.
func (v *Values) load(flags *pflag.FlagSet, env environment) error {
	for i := range v.set.settings {
		row := &v.set.settings[i]
		if !row.File {
			continue
		}
		texts, source := v.lookUp(row, flags, env)
		if texts == nil {
			return nil
		}
		content, err := os.ReadFile(texts[0])
		if errors.Is(err, fs.ErrNotExist) && source == fromDefault {
			return nil
		}
		if errors.Is(err, fs.ErrNotExist) && env.mayMiss(row, source) {
			v.missing = texts[0]
			return nil
		}
		if err != nil {
			return &Error{Source: source, Err: fmt.Errorf("read configuration: %w", err)}
		}
		v.file, err = v.set.readFile(texts[0], content)
		return err
	}
	return nil
}

// fromDefault is the source of a value that nobody set, and inEnvironment the end of one from there.
const (
	fromDefault   = "default"
	inEnvironment = " in the environment"
)

// lookUp returns the texts that count for a setting and where they stand, or no texts when there are none.
func (v *Values) lookUp(row *Setting, flags *pflag.FlagSet, env environment) (texts []string, source string) {
	if given := given(flags, row.Name); given != nil {
		return given, "--" + row.Name
	}
	for _, name := range row.EnvNames() {
		if text, as := env.lookUp(name); text != "" {
			return []string{text}, as + inEnvironment
		}
	}
	if e, ok := v.file.entries[row.Name]; ok {
		return e.texts, fmt.Sprintf("%s:%d: %s", v.file.name, e.line, e.key)
	}
	if row.Default != "" {
		return []string{row.Default}, fromDefault
	}
	return nil, ""
}

// Require returns an error for each of the named settings that has no value, and says how to give it one.
func (v *Values) Require(names ...string) error {
	var errs []error
	for _, name := range names {
		row := v.row(name)
		if v.IsSet(name) {
			continue
		}
		var ways []string
		if !row.Secret {
			ways = append(ways, "--"+row.Name)
		}
		ways = append(ways, strings.Join(row.EnvNames(), " or ")+" in the environment")
		if keys := row.KeyNames(); keys != nil && v.hasFile() {
			ways = append(ways, keys[0]+" in the configuration file")
		}
		errs = append(errs, &Error{Source: row.Name, Err: fmt.Errorf("not set; use %s", strings.Join(ways, ", or "))})
	}
	return errors.Join(errs...)
}

// hasFile reports whether the set knows of a configuration file.
func (v *Values) hasFile() bool {
	return slices.ContainsFunc(v.set.settings, func(row Setting) bool { return row.File })
}

// IsSet reports whether the setting has a value, be it the default.
func (v *Values) IsSet(name string) bool {
	return v.values[v.row(name).Name].parsed != nil
}

// Source tells where the setting's value stands: "--dry-run", "DRY_RUN in the environment", "lockstep.yaml:3: dryRun",
// "default", or nothing when it has none.
func (v *Values) Source(name string) string { return v.values[v.row(name).Name].source }

// String returns the value of a String setting.
func (v *Values) String(name string) string { return get[string](v, name) }

// Bool returns the value of a Bool setting.
func (v *Values) Bool(name string) bool { return get[bool](v, name) }

// Int returns the value of an Int setting.
func (v *Values) Int(name string) int { return get[int](v, name) }

// Duration returns the value of a Duration setting.
func (v *Values) Duration(name string) time.Duration { return get[time.Duration](v, name) }

// List returns the values of a List setting.
func (v *Values) List(name string) []string { return get[[]string](v, name) }

// Secret returns the value of a secret setting.
func (v *Values) Secret(name string) Secret { return get[Secret](v, name) }

// File returns the name of the configuration file, or nothing when none was read.
func (v *Values) File() string { return v.file.name }

// MissingFile returns the name of a configuration file that need not be there, and is not. Whoever named it should be
// told.
func (v *Values) MissingFile() string { return v.missing }

// Section returns what the configuration file holds under a section's name, or nil when it has no such section. The
// node knows its line.
func (v *Values) Section(name string) *yaml.Node {
	spelt, ok := v.set.sections[fold(name)]
	if !ok {
		panic(fmt.Sprintf("config: section %q is not declared", name))
	}
	return v.file.sections[spelt]
}

// row returns the declaration of a setting. To ask for one that is not declared is a bug of the program.
func (v *Values) row(name string) *Setting {
	row, ok := v.set.byName[name]
	if !ok {
		panic(fmt.Sprintf("config: setting %q is not declared", name))
	}
	return row
}

// get returns a setting's value, or the zero value of its type when it has none.
func get[T any](v *Values, name string) T {
	zero, ok := v.row(name).zero().(T)
	if !ok {
		panic(fmt.Sprintf("config: setting %q is no %T", name, zero))
	}
	if parsed, ok := v.values[name].parsed.(T); ok {
		return parsed
	}
	return zero
}
