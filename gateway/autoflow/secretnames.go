package autoflow

import (
	"regexp"
	"slices"
	"strings"
)

var notAlphanumeric = regexp.MustCompile(`[^a-z0-9]+`)

// bare returns a name in small letters and digits alone.
func bare(name string) string {
	return notAlphanumeric.ReplaceAllString(strings.ToLower(name), "")
}

// postmanToken is a header by which Postman gets past caches. It stands in many
// captured requests, and opens nothing.
const postmanToken = "postmantoken"

// secretName reports whether a field of that name holds a secret. What is
// allowed is none: allowCredentials.
func secretName(name string) bool {
	name = bare(name)
	return !strings.HasPrefix(name, "allow") && name != postmanToken && (slices.ContainsFunc(secretEnds, func(end string) bool { return strings.HasSuffix(name, end) }) ||
		slices.Contains(secretWords, name))
}

// secretEnds are what the names of secrets end with, in one word or several.
var secretEnds = []string{
	"password", "passwords", "passwd", "passphrase", "passcode", "passwort", "kennwort", "pwd", "userpass", "dbpass", "secret", "secrets", "token", "tokens",
	"passwordhash", "apikey", "apikeys", "accesskey", "secretkey", "secretkeybase", "privatekey", "accountkey", "sharedkey", "subscriptionkey", "signingkey",
	"encryptionkey", "hmackey", "jwtkey", "masterkey", "sessionkey", "sshkey", "tlskey", "sslkey", "authkey", "licensekey", "servicekey", "otpseed",
	"connectionstring", "authorization", "cookie", "credential", "credentials", "bearer",
}

// secretWords are names of secrets that other names may end with.
var secretWords = []string{"pass", "pin", "psk", "otp", "cookies"}

// plainNames are fields of an object full of secrets that are none.
var plainNames = []string{"id", "key", "kind", "login", "mechanism", "name", "role", "scheme", "scope", "title", "type", "user", "username", "expires"}

// plainName reports whether a field of an object full of secrets is none.
func plainName(name string) bool {
	return strings.HasPrefix(name, "__") || slices.Contains(plainNames, bare(name))
}

// inSetting reports whether a path leads into the settings of a client or a
// server, and not on into a flow: what is there was typed in, nothing computes
// it.
func inSetting(path []string) bool {
	return len(path) > 0 && path[0] == "setting" && !slices.Contains(path, "do")
}

// amongSecrets reports whether all around a path is secret: it leads below a
// field with the name of one, in settings. Elsewhere that is a schema or a
// reference more often than not.
func amongSecrets(path []string) bool {
	return inSetting(path) && slices.ContainsFunc(path[1:], secretName)
}

// placeholder is a text for which a flow puts another.
var placeholder = regexp.MustCompile(`^\$?\{+[\w .]+\}+$`)

var looks = []*regexp.Regexp{
	reference,
	regexp.MustCompile(`://[^/\s:@?#{}]*:[^@/\s{}]+@`),                      // credentials in an address
	regexp.MustCompile(`^[^:/@\s{}]+:[^@\s{}]+@[a-z]*\(`),                   // and in the name of a data source
	regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`),                //
	regexp.MustCompile(`(?i)^(bearer|basic) +[a-z0-9+/=._~-]{8,}$`),         // a header's value
	regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[\w-]*`), // a JSON web token
	// A connection string, a query or a form, and no placeholder of a statement.
	regexp.MustCompile(`(?i)(^|[?&;\s])(\w*(password|passwd|pwd)|accountkey|sharedaccesskey|(client_?)?secret|api_?key|(access_?|auth_?)?token|sig)=` +
		`['"]?([^;&\s{}'"$:?%<,)]|\$[^{0-9])`),
	// What some services give their tokens to be known by.
	regexp.MustCompile(`\b(gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}|AIza[\w-]{30,}|[sr]k_(live|test)_\w{16,}|` +
		`SG\.[\w-]{16,}\.[\w-]{16,}|hooks\.slack\.com/services/\w+/)`),
}

// secretLooks reports whether a text is a secret, or stands for one, whatever
// it is called.
func secretLooks(s string) bool {
	return slices.ContainsFunc(looks, func(r *regexp.Regexp) bool { return r.MatchString(s) })
}
