package nearest

import "testing"

func TestName(t *testing.T) {
	known := []string{"subscription-id", "resource-group", "service-name", "dry-run", "log-level"}
	tests := []struct {
		name, got, want string
	}{
		{"a letter left out", "resource-grup", "resource-group"},
		{"two letters swapped", "dry-rnu", "dry-run"},
		{"another case", "Dry-Run", "dry-run"},
		{"a letter too many", "log-levels", "log-level"},
		{"nothing like it", "workspace", ""},
		{"too short to tell", "d", ""},
		{"no word at all", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := Name(tt.got, known)
			if !ok {
				got = ""
			}
			if got != tt.want {
				t.Errorf("Name(%q) = %q, want %q", tt.got, got, tt.want)
			}
		})
	}
}

func TestNameDoesNotDependOnOrder(t *testing.T) {
	for _, known := range [][]string{{"apis", "apix"}, {"apix", "apis"}} {
		if got, _ := Name("apiz", known); got != "apis" {
			t.Errorf("Name(apiz, %v) = %q, want %q", known, got, "apis")
		}
	}
}

func TestHint(t *testing.T) {
	tests := []struct {
		name, got, want string
	}{
		{"near", "aps", "; did you mean apis?"},
		{"far", "gateways", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Hint(tt.got, []string{"apis", "products"}); got != tt.want {
				t.Errorf("Hint(%q) = %q, want %q", tt.got, got, tt.want)
			}
		})
	}
}
