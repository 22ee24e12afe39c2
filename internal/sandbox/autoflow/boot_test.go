package autoflow

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const replaces = "BOOT_FILE=config.json\nBOOT_FILE_REPLACES_CONFIG=true\n"

func TestBootRules(t *testing.T) {
	t.Parallel()
	boot, kept := ordersConfig("1.0.0", "from the boot file", "8080"), ordersConfig("0.9.0", "kept", "8080")
	for _, test := range []struct {
		name    string
		files   map[string]string
		environ []string
		want    string // the greeting, or nothing when no server is there
	}{
		{"empty", nil, nil, ""},
		{"config.json is the boot file", map[string]string{"config.json": boot}, nil, "from the boot file"},
		{"named boot file", map[string]string{"other.json": boot, "autoflow.conf": "BOOT_FILE=other.json"}, nil, "from the boot file"},
		{"named as seen from outside", map[string]string{"config.json": boot, "autoflow.conf": "BOOT_FILE=data/config.json"}, nil, "from the boot file"},
		{"kept alone", map[string]string{stateName: kept}, nil, "kept"},
		{"a configuration exists", map[string]string{"config.json": boot, stateName: kept}, nil, "kept"},
		{"replaced", map[string]string{"config.json": boot, stateName: kept, "autoflow.conf": replaces}, nil, "from the boot file"},
		{"environment before file", map[string]string{"config.json": boot, stateName: kept, "autoflow.conf": replaces},
			[]string{"AUTOFLOW_BOOT_FILE_REPLACES_CONFIG=false"}, "kept"},
		{"another file of variables", map[string]string{"config.json": boot, stateName: kept, "autoflow.conf": replaces, "none.conf": ""},
			[]string{"AUTOFLOW_CONFIG_FILE=DATA/none.conf"}, "kept"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			in := install(t, test.files, Options{})
			for _, v := range test.environ {
				in.o.Environ = append(in.o.Environ, strings.Replace(v, "DATA", in.data, 1))
			}
			in.boot()
			if _, got := in.orders(); got != test.want {
				t.Errorf("GET /orders: got %q, want %q", got, test.want)
			}
		})
	}
}

func TestBootKeepsWhatItLoaded(t *testing.T) {
	t.Parallel()
	in := install(t, map[string]string{"config.json": ordersConfig("1.0.0", "one", "8080")}, Options{})
	in.boot()
	in.write("config.json", ordersConfig("2.0.0", "two", "8080"))
	in.boot()
	if _, got := in.orders(); got != "one" {
		t.Errorf("a new boot file where a configuration exists: got %q, want %q", got, "one")
	}
	if got := in.status().Warnings; len(got) != 1 || !strings.Contains(got[0], "BOOT_FILE_REPLACES_CONFIG") {
		t.Errorf("warnings: got %q, want one of BOOT_FILE_REPLACES_CONFIG", got)
	}
	in.write("autoflow.conf", replaces)
	in.boot()
	if _, got := in.orders(); got != "two" {
		t.Errorf("a boot file that replaces: got %q, want %q", got, "two")
	}
}

func TestBootWhereNothingCanBeKept(t *testing.T) {
	t.Parallel()
	in := install(t, map[string]string{"config.json": ordersConfig("1.0.0", "one", "8080")}, Options{})
	in.o.State = filepath.Join(in.data, "none", "state.json")
	in.boot()
	if got := in.status(); len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], "not kept") || !got.Servers[0].On {
		t.Errorf("got %+v, want a warning and a server that is on", got)
	}
}

func TestBootFails(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := taken.Close(); err != nil {
			t.Error(err)
		}
	})
	port := strconv.Itoa(taken.Addr().(*net.TCPAddr).Port)
	for _, test := range []struct {
		name, conf, config string
		want               []string
	}{
		{"no boot file", "BOOT_FILE=none.json", "{}", []string{"read boot file", "none.json"}},
		{"broken", "", `{"Server":[`, []string{"config.json: read configuration", "unexpected EOF"}},
		{"port in use", "", ordersConfig("1.0.0", "", port), []string{`start server "orders" on port ` + port, "in use"}},
		{"pages' port", "", ordersConfig("1.0.0", "", "4000"), []string{`server "orders": port 4000 belongs to the product's pages`}},
		{"offset too large", "PORT_OFFSET=60000", ordersConfig("1.0.0", "", "8080"), []string{`server "orders": port 8080 with PORT_OFFSET 60000 is no port`}},
		{"variables", "PORT_OFFSET=many\nBOOT_FILE_REPLACES_CONFIG=yes", "{}", []string{`PORT_OFFSET: "many"`, `BOOT_FILE_REPLACES_CONFIG: "yes"`}},
		{"line", "NAME=x\nUI_PORT", "{}", []string{"autoflow.conf:2: want KEY=VALUE"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			in := install(t, nil, Options{})
			in.o.Listen = withDefaults(Options{}).Listen
			in.write("autoflow.conf", test.conf)
			in.write("config.json", test.config)
			err := in.Boot(t.Context())
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q in it", err, want)
				}
			}
			if err != nil && strings.Contains(err.Error(), "hush") {
				t.Errorf("a secret is in the error: %v", err)
			}
			if got := in.status(); got.Error == "" || len(got.Servers) > 0 {
				t.Errorf("status: got %+v, want the error and no servers", got)
			}
		})
	}
}

// TestBootAfterFailure has a boot that fails, and then one that works again: a
// publication that is rolled back.
func TestBootAfterFailure(t *testing.T) {
	t.Parallel()
	in := install(t, map[string]string{"config.json": ordersConfig("1.0.0", "one", "8080"), "autoflow.conf": replaces}, Options{})
	in.boot()
	in.write("config.json", ordersConfig("2.0.0", "two", `"none"`))
	if err := in.Boot(t.Context()); err == nil {
		t.Fatal("a broken configuration booted")
	}
	if code, _ := in.orders(); code != 0 {
		t.Errorf("after a boot that failed: got %d, want nobody", code)
	}
	if code, body := in.ask(http.MethodGet, "/_sandbox/configuration", nil); code != http.StatusConflict {
		t.Errorf("download: got %d %s, want 409", code, body)
	}
	in.write("config.json", ordersConfig("1.0.0", "one", "8080"))
	in.boot()
	if _, got := in.orders(); got != "one" {
		t.Errorf("after the next boot: got %q, want %q", got, "one")
	}
	if got := in.status(); got.Error != "" {
		t.Errorf("status: got the error %q, want none", got.Error)
	}
}

// TestStartAllOrNone has the second of two servers on a port that is taken.
func TestStartAllOrNone(t *testing.T) {
	t.Parallel()
	two := strings.Replace(ordersConfig("1.0.0", "one", "8080"), `"Server":[`, `"Server":[{"id":"z","type":"http","currentVersion":"0","version":{"0":{"setting":{"port":8080}}}},`, 1)
	in := install(t, map[string]string{"config.json": two}, Options{})
	if err := in.Boot(t.Context()); err == nil || !strings.Contains(err.Error(), `server "z": port 8080 belongs to server "orders"`) {
		t.Errorf("got %v, want an error that names both servers", err)
	}
	in.write("config.json", strings.Replace(two, `"port":8080}`, `"port":8081}`, 1))
	listen := in.o.Listen
	in.o.Listen = func(ctx context.Context, address string) (net.Listener, error) {
		if strings.HasSuffix(address, ":8081") {
			return nil, os.ErrPermission
		}
		return listen(ctx, address)
	}
	if err := in.Boot(t.Context()); err == nil || !strings.Contains(err.Error(), `start server "z" on port 8081`) {
		t.Errorf("got %v, want an error that names server and port", err)
	}
	if code, _ := in.orders(); code != 0 {
		t.Errorf("the other server: got %d, want nobody", code)
	}
}

func TestOff(t *testing.T) {
	t.Parallel()
	in := install(t, map[string]string{"config.json": ordersConfig("1.0.0", "one", "8080")}, Options{Off: true})
	in.boot()
	if got := in.status().Servers; len(got) != 1 || got[0].On {
		t.Errorf("servers: got %+v, want one that is off", got)
	}
}

func TestUIPort(t *testing.T) {
	t.Parallel()
	in := install(t, map[string]string{"autoflow.conf": "UI_PORT=4711\nNAME=Orders here"}, Options{})
	if got := in.UIAddress(); got != "127.0.0.1:4711" {
		t.Errorf("address: got %s, want that of UI_PORT", got)
	}
	in.write("autoflow.conf", "UI_PORT=4712\nNAME=Orders here")
	in.boot()
	got := in.status()
	if in.UIAddress() != "127.0.0.1:4711" || len(got.Warnings) != 1 || got.Name != "Orders here" {
		t.Errorf("changed: got %s, %+v, want the old port and a warning", in.UIAddress(), got)
	}
	zero := 0
	if other := install(t, nil, Options{UIPort: &zero, Host: "::1"}); other.UIAddress() != "[::1]:0" {
		t.Errorf("address: got %s, want the one that was asked for", other.UIAddress())
	}
}
