package central

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // what older OpenSSL derives keys with
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
)

// ParseKey reads the private key of a service account, PEM in PKCS #8 or
// PKCS #1. One that is encrypted, as OpenSSL does it (PBES2 with AES in CBC
// mode), needs its password.
func ParseKey(text []byte, password string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("read private key: it is no PEM file")
	}
	if block.Type == "RSA PRIVATE KEY" && block.Headers["DEK-Info"] == "" {
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("read private key: %w", err)
		}
		return key, nil
	}
	der := block.Bytes
	switch block.Type {
	case "PRIVATE KEY":
	case "ENCRYPTED PRIVATE KEY":
		var err error
		if der, err = decrypt(der, password); err != nil {
			return nil, fmt.Errorf("read private key: %w", err)
		}
	default:
		return nil, fmt.Errorf("read private key: it is a %s of a form that is not known: convert it with openssl pkcs8 -topk8", block.Type)
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		if block.Type == "ENCRYPTED PRIVATE KEY" {
			err = errWrongPassword
		}
		return nil, fmt.Errorf("read private key: %w", err)
	}
	own, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("read private key: it is no RSA key")
	}
	return own, nil
}

var errWrongPassword = errors.New("the password is wrong")

// What PKCS #8 and PKCS #5 say of an encrypted key.
type (
	encryptedKey struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	pbes2 struct{ Derivation, Cipher pkix.AlgorithmIdentifier }
	pbkdf struct {
		Salt   []byte
		Rounds int
		Length int                      `asn1:"optional"`
		Hash   pkix.AlgorithmIdentifier `asn1:"optional"`
	}
)

// decrypt returns the key in an encrypted one.
func decrypt(der []byte, password string) ([]byte, error) {
	if password == "" {
		return nil, errors.New("it is encrypted, and no password is set")
	}
	unknown := errors.New("it is encrypted in a way that is not known: convert it with openssl pkcs8 -topk8 -v2 aes-256-cbc")
	var outer encryptedKey
	var scheme pbes2
	var kdf pbkdf
	var iv []byte
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		return nil, unknown
	}
	if _, err := asn1.Unmarshal(outer.Algorithm.Parameters.FullBytes, &scheme); err != nil {
		return nil, unknown
	}
	if _, err := asn1.Unmarshal(scheme.Derivation.Parameters.FullBytes, &kdf); err != nil {
		return nil, unknown
	}
	if _, err := asn1.Unmarshal(scheme.Cipher.Parameters.FullBytes, &iv); err != nil {
		return nil, unknown
	}
	size := map[string]int{
		"2.16.840.1.101.3.4.1.2": 16, "2.16.840.1.101.3.4.1.22": 24, "2.16.840.1.101.3.4.1.42": 32,
	}[scheme.Cipher.Algorithm.String()]
	if size == 0 || len(iv) != aes.BlockSize || len(outer.Data) == 0 || len(outer.Data)%aes.BlockSize != 0 || kdf.Rounds < 1 || kdf.Rounds > 2e6 {
		return nil, unknown
	}
	return kdf.open(password, size, iv, outer.Data)
}

// open decrypts data with the key that a password makes.
func (kdf pbkdf) open(password string, size int, iv, data []byte) ([]byte, error) {
	sum := func() hash.Hash { return sha256.New() }
	if oid := kdf.Hash.Algorithm.String(); oid == "" || oid == "1.2.840.113549.2.7" {
		sum = func() hash.Hash { return sha1.New() }
	}
	key, err := pbkdf2.Key(sum, password, kdf.Salt, kdf.Rounds, size)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, data)
	pad := int(out[len(out)-1])
	if pad < 1 || pad > aes.BlockSize || pad > len(out) {
		return nil, errWrongPassword
	}
	return out[:len(out)-pad], nil
}
