package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"
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
	inert   []string
	outside map[string]*tree // of sections, by their name
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
		errs = append(errs, v.resolve(&s.settings[i], flags, env))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	slices.Sort(v.inert)
	v.inert = slices.Compact(v.inert)
	v.outside = s.outside(flags, env, v.file)
	return v, nil
}

// resolve finds the value of one setting.
func (v *Values) resolve(row *Setting, flags *pflag.FlagSet, env environment) error {
	if row.Inert {
		v.findInert(row, flags, env)
		return nil
	}
	if flag, _ := v.lookUpFlag(row, flags); flag.texts != nil && row.Secret {
		return &Error{Source: flag.source, Err: fmt.Errorf("a secret is no flag, as flags show in lists of processes; set %s in the environment instead", strings.Join(row.EnvNames(), " or "))}
	}
	f := v.lookUp(row, flags, env)
	if f.texts == nil || f.bad != nil {
		return f.bad
	}
	parsed, err := row.parse(f.texts)
	if err != nil {
		return &Error{Source: f.source, Err: err}
	}
	if yes, ok := parsed.(bool); ok && f.alias.negate {
		parsed = !yes
	}
	v.values[row.Name] = value{parsed: parsed, source: f.source}
	return nil
}

// findInert notes under which names an inert setting was given.
func (v *Values) findInert(row *Setting, flags *pflag.FlagSet, env environment) {
	for _, a := range row.aliases() {
		names := []string{a.name}
		if prefix, many := a.prefix(); many {
			names = env.beginning(prefix)
		}
		for _, name := range names {
			if known, _ := v.set.alias(name); known.row != row {
				continue
			}
			if text, as := env.lookUp(name); text != "" {
				v.inert = append(v.inert, as)
			}
		}
		if given(flags, a.name) != nil {
			v.inert = append(v.inert, "--"+a.name)
		}
	}
	for _, key := range v.file.inert {
		if a, _ := v.set.alias(key); a.row == row {
			v.inert = append(v.inert, key)
		}
	}
}

// load reads the configuration file, if the set has a setting that names one. A file that only the default names need
// not exist.
func (v *Values) load(flags *pflag.FlagSet, env environment) error {
	for i := range v.set.settings {
		row := &v.set.settings[i]
		if !row.File {
			continue
		}
		f := v.lookUp(row, flags, env)
		if f.texts == nil {
			return nil
		}
		content, err := os.ReadFile(f.texts[0])
		if errors.Is(err, fs.ErrNotExist) && f.source == fromDefault {
			return nil
		}
		if errors.Is(err, fs.ErrNotExist) && slices.Contains(row.MayMiss, f.alias.name) {
			v.missing = f.texts[0]
			return nil
		}
		if err != nil {
			return &Error{Source: f.source, Err: fmt.Errorf("read configuration: %w", err)}
		}
		v.file, err = v.set.readFile(f.texts[0], content)
		if v.tolerates(flags, env) {
			return err
		}
		return errors.Join(append(v.file.unknown, err)...)
	}
	return nil
}

// tolerates reports whether a setting says that unknown keys are to be passed over.
func (v *Values) tolerates(flags *pflag.FlagSet, env environment) bool {
	for i := range v.set.settings {
		row := &v.set.settings[i]
		if !row.Tolerant {
			continue
		}
		f := v.lookUp(row, flags, env)
		if f.texts == nil || f.bad != nil {
			continue
		}
		if yes, err := row.parse(f.texts); err == nil && yes != any(f.alias.negate) {
			return true
		}
	}
	return false
}

// fromDefault is the source of a value that nobody set, and inEnvironment the end of one from there.
const (
	fromDefault   = "default"
	inEnvironment = " in the environment"
)

// found is what a setting was given, and where.
type found struct {
	texts  []string // none: nothing
	source string
	alias  alias // by which name, if not by its own
	bad    error // why it cannot be used
}

// lookUp returns what counts for a setting: the first place that gives a text.
func (v *Values) lookUp(row *Setting, flags *pflag.FlagSet, env environment) found {
	if f, ok := v.lookUpFlag(row, flags); ok {
		return f
	}
	for _, a := range row.aliases() {
		if text, as := env.lookUp(a.name); text != "" {
			return found{texts: []string{text}, source: as + inEnvironment, alias: a}
		}
	}
	if e, ok := v.file.entries[row.Name]; ok {
		return found{e.texts, fmt.Sprintf("%s:%d: %s", v.file.name, e.line, e.key), e.alias, e.bad}
	}
	if row.Default != "" {
		return found{texts: []string{row.Default}, source: fromDefault}
	}
	return found{}
}

// lookUpFlag returns what a setting's flag was given under any of its names.
func (v *Values) lookUpFlag(row *Setting, flags *pflag.FlagSet) (found, bool) {
	if texts := given(flags, row.Name); texts != nil {
		return found{texts: texts, source: "--" + row.Name}, true
	}
	for _, a := range row.aliases() {
		if _, own := v.set.byName[fold(a.name)]; own {
			continue
		}
		if texts := given(flags, a.name); texts != nil {
			return found{texts: texts, source: "--" + a.name, alias: a}, true
		}
	}
	return found{}, false
}
