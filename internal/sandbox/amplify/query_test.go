package amplify

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQueries(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{Teams: []string{"blue"}})
	blue := stableID("team", "blue")
	c.post(envs, obj{"name": "alpha", "title": "First One", "tags": []string{"EU", "prod"}, "attributes": obj{"a.b": "7", "tier": "gold"}, "owner": obj{"type": "team", "id": blue}})
	c.post(envs, obj{"name": "beta", "title": "Second, (or not)", "tags": []string{"us"}, "attributes": obj{"a.b": "10"}})
	c.post(envs, obj{"name": "beta2", "title": "it's"})
	c.put(envs+"/beta/x-agent", obj{"x-agent": obj{"id": "42"}})
	for query, want := range map[string][]string{
		"name==alpha":                           {"alpha"},
		"name==ALPHA":                           {"alpha"},
		"name===ALPHA":                          {},
		"name=eq=alpha":                         {"alpha"},
		"name!=alpha":                           {"beta", "beta2"},
		"name!==Alpha":                          {"alpha", "beta", "beta2"},
		"name=neq=alpha":                        {"beta", "beta2"},
		"name==b*":                              {"beta", "beta2"},
		"name==*ta*":                            {"beta", "beta2"},
		"name==beta_":                           {"beta2"},
		"name==_eta":                            {"beta"},
		"title=='first one'":                    {"alpha"},
		`title=="Second, (or not)"`:             {"beta"},
		`title=='it\'s'`:                        {"beta2"},
		"name=in=(alpha,'beta2')":               {"alpha", "beta2"},
		"name=out=( alpha , beta )":             {"beta2"},
		"tags==eu":                              {"alpha"},
		"tags==null":                            {"beta2"},
		"tags!=null":                            {"alpha", "beta"},
		"tags=with='us'":                        {"beta"},
		"tags=without='us'":                     {"alpha", "beta2"},
		"attributes.a.b>8":                      {"beta"},
		"attributes.a.b=ge=7;attributes.a.b<=7": {"alpha"},
		"attributes.a.b=lt=8":                   {"alpha"},
		"attributes.tier==gold,name==beta2":     {"alpha", "beta2"},
		"name==b* and tags==us":                 {"beta"},
		"name==alpha or name==beta and tags==nothing": {"alpha"},
		"(name==alpha,name==beta);tags==us":           {"beta"},
		"owner.id==null":                              {"beta", "beta2"},
		"owner.id==" + blue:                           {"alpha"},
		"(owner.id==" + blue + ",(owner.id==null;metadata.scope.owner.id==" + blue + "))": {"alpha"},
		"x-agent.id==42": {"beta"},
		"metadata.audit.createTimestamp>=2020-01-01": {"alpha", "beta", "beta2"},
		"metadata.resourceVersion==1":                {"beta"},
		"metadata.id==null":                          {},
		"name == alpha":                              {"alpha"},
		"name==and":                                  {},
		"owner.type==team;title==*":                  {"alpha"},
	} {
		t.Run(query, func(t *testing.T) {
			if diff := cmp.Diff(want, c.in(t).get(envs+"?query="+url.QueryEscape(query)).names()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if got := c.get(envs + "?query=name==b*;tags==us").names(); !cmp.Equal(got, []string{"beta"}) {
		t.Errorf("semicolon that is not escaped: got %v", got)
	}
	c.post(envs+"/alpha/webhooks", obj{"name": "w"})
	c.post(envs+"/beta/webhooks", obj{"name": "w2"})
	got := c.get("management/v1/webhooks?query=" + url.QueryEscape("owner.id==null;metadata.scope.owner.id=="+blue)).names()
	if diff := cmp.Diff([]string{"w"}, got); diff != "" {
		t.Errorf("owner of the scope (-want +got):\n%s", diff)
	}
}

func TestQueriesThatAreWrong(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"":                "expected a field at position 0",
		"name":            "expected an operator at position 4",
		"name==":          "expected a value at position 6",
		"name==a;":        "expected a field at position 8",
		"name==a)":        "expected the end at position 7",
		"(name==a":        `expected ")" at position 8`,
		"name=in=a":       `expected "(" at position 8`,
		"name=in=(a;b)":   `expected "," or ")" at position 10`,
		"name=='a":        "expected the closing quote at position 8",
		"name~a":          "expected an operator at position 4",
		"name==a name==b": "expected the end at position 8",
	} {
		t.Run(query, func(t *testing.T) {
			if _, err := parseQuery(query); err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
	deep := ""
	for range maxDepth + 1 {
		deep += "("
	}
	if _, err := parseQuery(deep + "a==b"); err == nil || err.Error() != "too many parentheses" {
		t.Errorf("deep: got %v", err)
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{"name==alpha", "(a==b,c!=d);e=in=(1,'2')", "a==null or b=out=(x)", `t=="q\"q"`, "a=with='x' and b<=3", "((", "a=", "name==b* "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseQuery(text)
		if err != nil {
			return
		}
		if len(c.fields()) == 0 {
			t.Errorf("parseQuery(%q) reads no field", text)
		}
		c.holds(func(string) []any { return []any{"x", 1.5} })
		again, err := parseQuery("(" + text + ")")
		if err == nil && !cmp.Equal(c.fields(), again.fields()) {
			t.Errorf("parseQuery(%q): parentheses change the fields", text)
		}
	})
}

func TestWild(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text, pattern string
		want          bool
	}{
		{"", "", true}, {"", "*", true}, {"a", "", false}, {"abc", "a*c", true}, {"abcbc", "a*bc", true}, {"ab", "a_", true},
		{"a", "a_", false}, {"äb", "_b", true}, {"aXbXc", "*x*", false}, {"abc", "***", true}, {"abc", "a*d", false},
	} {
		if got := wild(test.text, test.pattern); got != test.want {
			t.Errorf("wild(%q, %q) = %t, want %t", test.text, test.pattern, got, test.want)
		}
	}
}
