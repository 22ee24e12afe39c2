package artifacts

import (
	"io/fs"
	"strings"
	"testing"
)

func TestFolderName(t *testing.T) {
	for _, tc := range []struct{ name, want string }{
		{"orders", "orders"},
		{"orders;rev=2", "orders;rev=2"},
		{"100%", "100%"},
		{"%zz", "%zz"},
		{"%41", "%2541"},
		{"%2f", "%252f"},
		{"%/", "%%2F"},
		{"a/b", "a%2Fb"},
		{".", "%2E"},
		{"..", ".%2E"},
		{"a..", "a.%2E"},
		{"a ", "a%20"},
		{" a", " a"},
		{"CON", "%43ON"},
		{"con .txt", "%63on .txt"},
		{"COM0", "%43OM0"},
		{"COM10", "COM10"},
		{"console", "console"},
		{".git", "%2Egit"},
		{".g\u200cit", "%2Eg\u200cit"},
		{"GIT~1", "%47IT~1"},
		{".gitignore", ".gitignore"},
		{"\xff", "%FF"},
		{"é\n", "é%0A"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := folderName(tc.name)
			if err != nil || got != tc.want {
				t.Fatalf("got %q, %v, want %q", got, err, tc.want)
			}
			if back, ok := resourceName(got); !ok || back != tc.name {
				t.Errorf("reads as %q, %v", back, ok)
			}
		})
	}
}

func TestFolderNameRefuses(t *testing.T) {
	for name, bad := range map[string]string{
		"none": "", "a zero byte": "a\x00b", "too long": strings.Repeat("x", 256), "too long escaped": strings.Repeat("/", 86),
	} {
		if got, err := folderName(bad); err == nil {
			t.Errorf("%s: got %q, want an error", name, got)
		}
	}
}

func TestResourceNameRefusesOtherSpellings(t *testing.T) {
	for _, folder := range []string{"", "a%20b", "a%2fb", "%61", "a.", "CON", ".git", "%00"} {
		if name, ok := resourceName(folder); ok {
			t.Errorf("%q is %q, want no resource's folder", folder, name)
		}
	}
}

func TestFoldPath(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		same bool
	}{
		{"Orders", "orders", true},
		{"STRASSE", "straße", false},
		{"\u00e9", "e\u0301", true},
		{"\u00c9", "e\u0301", true},
		{"Σ", "ς", true},
		{"K", "\u212a", true},
		{"İ", "i", false},
		{"a", "b", false},
	} {
		if got := foldPath(tc.a) == foldPath(tc.b); got != tc.same {
			t.Errorf("%q and %q: same is %v, want %v", tc.a, tc.b, got, tc.same)
		}
	}
}

func FuzzFolderName(f *testing.F) {
	for _, s := range append(hostile, "%%41", "%2", "x ", "LPT¹.a") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if folder, err := folderName(name); err == nil {
			if folder == "." || folder == ".." || !fs.ValidPath(folder) || strings.Contains(folder, "/") {
				t.Errorf("%q gives %q, no file name", name, folder)
			}
			if back, ok := resourceName(folder); !ok || back != name {
				t.Errorf("%q gives %q, which reads as %q, %v", name, folder, back, ok)
			}
		}
		if back, ok := resourceName(name); ok {
			if again, err := folderName(back); err != nil || again != name {
				t.Errorf("%q reads as %q, which gives %q, %v", name, back, again, err)
			}
		}
	})
}
