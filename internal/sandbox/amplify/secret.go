package amplify

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
)

// sealSecrets encrypts the secret values of a spec, so that nobody gets them back. A
// value that is the stored cipher text stays as it is.
func (c *call) sealSecrets(o *object) *fault {
	if o.kind.secret == "" || o.spec[o.kind.secret] == nil {
		return nil
	}
	values, isObject := o.spec[o.kind.secret].(map[string]any)
	if !isObject {
		return invalid("spec."+o.kind.secret, "It is not an object.")
	}
	var stored map[string]any
	if old := c.store.items[o.key()]; old != nil {
		stored = objectIn(old.spec, o.kind.secret)
	}
	sealed := map[string]any{}
	for _, name := range sortedKeys(values) {
		value, isString := values[name].(string)
		switch {
		case !isString:
			return invalid("spec."+o.kind.secret, "The value of %s is not a string.", name)
		case value != "" && value == stored[name]:
			sealed[name] = value
		default:
			sealed[name] = seal(c.key, value)
		}
	}
	spec, _ := deepCopy(o.spec).(map[string]any)
	spec[o.kind.secret] = sealed
	o.spec = spec
	return nil
}

// seal encrypts a text. No two results are equal.
func seal(key []byte, text string) string {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // The key has the wrong length, which is a mistake in New.
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES has the block size that this mode needs.
	}
	return base64.StdEncoding.EncodeToString(gcm.Seal(nil, nil, []byte(text), nil))
}
