package autoflow

import (
	"fmt"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// sameMajor refuses a configuration that another generation of the product
// wrote: its form may be another.
func sameMajor(have, want map[string]any) error {
	h, _ := have["version"].(string)
	w, _ := want["version"].(string)
	if h == "" || w == "" || major(h) == major(w) {
		return nil
	}
	return fmt.Errorf("%w: git has the configuration of version %s of the product, and the target is of version %s", gateway.ErrInvalid, w, h)
}

// settleProduct refuses a product of another generation, and leaves the version
// to the target: it tells who wrote the configuration last.
func settleProduct(old, next map[string]any) error {
	if err := sameMajor(old, next); err != nil {
		return err
	}
	if _, ok := old["version"]; ok {
		keepField(next, old, "version")
	}
	return nil
}

func major(version string) string {
	m, _, _ := strings.Cut(version, ".")
	return m
}
