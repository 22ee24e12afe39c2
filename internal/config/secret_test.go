package config

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

const password = "hunter2-s3cr3t"

func TestSecretIsNeverShown(t *testing.T) {
	type options struct {
		Token  Secret
		hidden Secret
	}
	secret := NewSecret(password)
	o := options{Token: secret, hidden: secret}

	var log bytes.Buffer
	text := slog.New(slog.NewTextHandler(&log, nil))
	text.Info("start", "token", secret, "options", o)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "token", secret, "options", o)

	shown := map[string]string{
		"string": secret.String(),
		"error":  errors.Join(fmt.Errorf("log in: %v", secret)).Error(),
		"log":    log.String(),
		"json":   encoded(t, json.Marshal, o),
		"yaml":   encoded(t, yaml.Marshal, map[string]any{"token": secret, "options": o}),
		"xml":    encoded(t, xml.Marshal, o),
		"map":    encoded(t, json.Marshal, map[string]any{"list": []Secret{secret}}),
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "%T %[1]v"} {
		shown[verb] = fmt.Sprintf(verb, secret)
		shown[verb+" of a struct"] = fmt.Sprintf(verb, o)
		shown[verb+" of a pointer"] = fmt.Sprintf(verb, &o)
	}
	hex := fmt.Sprintf("%x", password)
	for how, text := range shown {
		if strings.Contains(text, password) || strings.Contains(strings.ToLower(text), hex) {
			t.Errorf("%s shows the secret: %s", how, text)
		}
	}
	for _, how := range []string{"string", "error", "log", "json", "yaml", "xml", "map", "%v", "%s", "%#v"} {
		if !strings.Contains(shown[how], "***") {
			t.Errorf("%s = %q, want it to show ***", how, shown[how])
		}
	}
}

func encoded(t *testing.T, marshal func(any) ([]byte, error), v any) string {
	t.Helper()
	b, err := marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestSecret(t *testing.T) {
	if got := NewSecret(password).Reveal(); got != password {
		t.Errorf("Reveal() = %q, want the text", got)
	}
	if got := (Secret{}).Reveal(); got != "" {
		t.Errorf("Reveal() of the zero value = %q, want none", got)
	}
	if !NewSecret("").IsZero() || !(Secret{}).IsZero() || NewSecret(password).IsZero() {
		t.Error("IsZero is true for something else than no text")
	}
	if !NewSecret(password).Equal(NewSecret(password)) || NewSecret(password).Equal(Secret{}) {
		t.Error("Equal does not compare the texts")
	}
}
