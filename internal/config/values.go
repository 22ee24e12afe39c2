package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

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

// Inert returns the names, as they were spelt and sorted, under which settings were given that this program has no use for.
// Whoever gave them should be told.
func (v *Values) Inert() []string { return slices.Clone(v.inert) }

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
