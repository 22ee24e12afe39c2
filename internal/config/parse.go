package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/nearest"
)

// parse turns the texts that a setting was given into its value. Only a list has more than one text.
func (s *Setting) parse(texts []string) (any, error) {
	if s.Type == List {
		return s.list(texts)
	}
	if len(texts) != 1 {
		return nil, errors.New("needs one value, not a list")
	}
	text := strings.TrimSpace(texts[0])
	if s.Secret {
		return NewSecret(text), nil
	}
	switch s.Type {
	case Bool:
		return parseBool(text)
	case Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("%q is not a whole number", text)
		}
		return n, nil
	case Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return nil, fmt.Errorf("%q is not a duration such as 30s or 5m", text)
		}
		return d, nil
	}
	return s.choose(text)
}

// zero returns the value of a setting that has none.
func (s *Setting) zero() any {
	if s.Secret {
		return Secret{}
	}
	return [...]any{"", false, 0, time.Duration(0), []string(nil)}[s.Type]
}

// list returns the words of all texts, split at commas, without blanks around them.
func (s *Setting) list(texts []string) ([]string, error) {
	var words []string
	for _, text := range texts {
		for word := range strings.SplitSeq(text, ",") {
			if word = strings.TrimSpace(word); word == "" {
				continue
			}
			word, err := s.choose(word)
			if err != nil {
				return nil, err
			}
			words = append(words, word)
		}
	}
	return words, nil
}

// choose returns the choice that the text names, in the spelling of the table, or the text where any is allowed.
func (s *Setting) choose(text string) (string, error) {
	if len(s.Choices) == 0 {
		return text, nil
	}
	if slices.Contains(s.Choices, text) { // two products may have words that differ in case alone
		return text, nil
	}
	i := slices.IndexFunc(s.Choices, func(c string) bool { return strings.EqualFold(c, text) })
	if i < 0 {
		return "", fmt.Errorf("%q is not one of %s%s", text, strings.Join(s.Choices, ", "), nearest.Hint(text, s.Choices))
	}
	return s.Choices[i], nil
}

// parseBool reads the words that people, shells and pipelines write for yes and no.
func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "yes", "on", "1":
		return true, nil
	case "false", "no", "off", "0":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", text)
}
