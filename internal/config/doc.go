// Package config resolves what a program was told: by its flags, its environment, its configuration file and, last, its
// defaults. Each setting is declared once, as a row; the flags, the names in the environment, the keys of the file and
// the table in the documentation are made from that row.
//
// It knows text, types and where a value came from. It does not know what a setting means, and it leaves the sections of
// a configuration file that are no settings to whoever declared them.
package config
