package apidef

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
)

// canonicalNumber returns the same string for JSON numbers of equal value. It
// moves digits rather than computes, so that 1e999999999 costs nothing.
func canonicalNumber(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	exponent := 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		e, err := strconv.Atoi(s[i+1:])
		if err != nil || e > 1<<40 || e < -1<<40 {
			return sign + s // beyond reason: equal only if written the same
		}
		exponent, s = e, s[:i]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	exponent -= len(fraction)
	if trimmed := strings.TrimRight(digits, "0"); trimmed != digits {
		exponent += len(digits) - len(trimmed)
		digits = trimmed
	}
	if digits == "" {
		return "0"
	}
	return sign + positional(digits, exponent)
}

// positional writes digits times ten to the exponent, without an exponent if it
// is small.
func positional(digits string, exponent int) string {
	const small = 20
	switch {
	case exponent > small || exponent < -small:
		return digits + "e" + strconv.Itoa(exponent)
	case exponent >= 0:
		return digits + strings.Repeat("0", exponent)
	}
	if missing := -exponent - len(digits) + 1; missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) + exponent
	return digits[:point] + "." + digits[point:]
}

// yamlNumber returns a YAML number as JSON writes it, and whether it has a value
// that JSON can say.
func yamlNumber(s string) (string, bool) {
	s = strings.TrimPrefix(strings.ReplaceAll(s, "_", ""), "+")
	if isJSONNumber(s) {
		return s, true
	}
	if n, ok := new(big.Int).SetString(s, 0); ok && len(s) < 100 {
		return n.String(), true
	}
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	if strings.HasPrefix(s, ".") {
		s = "0" + s
	}
	mantissa, exponent := s, ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exponent = s[:i], s[i:]
	}
	mantissa = strings.TrimSuffix(mantissa, ".")
	if whole := strings.TrimLeft(mantissa, "0"); whole != mantissa {
		mantissa = whole
		if mantissa == "" || mantissa[0] == '.' {
			mantissa = "0" + mantissa
		}
	}
	s = sign + mantissa + exponent
	return s, isJSONNumber(s)
}

func isJSONNumber(s string) bool {
	return s != "" && (s[0] == '-' || '0' <= s[0] && s[0] <= '9') && json.Valid([]byte(s))
}

// writeQuoted writes a JSON string.
func writeQuoted(b *strings.Builder, s string) {
	b.WriteString(quoted(s))
}

func quoted(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return strconv.Quote(s) // strings always encode
	}
	return strings.TrimSuffix(b.String(), "\n")
}
