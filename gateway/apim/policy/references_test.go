package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReferences(t *testing.T) {
	named := func(names ...string) []Reference {
		var rs []Reference
		for _, n := range names {
			rs = append(rs, Reference{"named value", n})
		}
		return rs
	}
	one := func(kind, name string) []Reference { return []Reference{{kind, name}} }
	tests := []struct {
		name string
		text string
		want []Reference
	}{
		{"none", "<policies><inbound><base/></inbound></policies>", nil},
		{"empty", "", nil},
		{"named value in text", "<a>{{one}}</a>", named("one")},
		{"named value with spaces", "<a>{{ one }}</a>", named("one")},
		{"named values sorted, once", `<a b="{{two}}/{{one}}">{{two}}</a>`, named("one", "two")},
		{"named value in an expression", `<a b="@("x" + "{{one}}")">@{ return {{two}}; }</a>`, named("one", "two")},
		{"named value in a C# comment", "<a>@{ // {{one}}\n return 1; }</a>", named("one")},
		{"named value in an interpolated string", `<a b="@($"{{one}}-{x["y"]}")"/>`, named("one")},
		{"named value in CDATA", "<a><![CDATA[{{one}}]]></a>", named("one")},
		{"named value before a brace", `<set-body>{"a":{"b":{{one}}}}</set-body>`, named("one")},
		{"three braces", "<a>{{{one}}}</a>", nil},
		{"no name of a named value", "<a>{{a b}} {{}} {{x</a>", nil},
		{"XML comment", `<a><!-- {{one}} <include-fragment fragment-id="f"/> --></a>`, nil},
		{"liquid", `<a><set-body template="liquid">{{one}}<b c="{{two}}"/></set-body>{{three}}</a>`, named("three")},
		{"liquid in single quotes", `<set-body template='Liquid'>{{one}} @( </set-body>`, nil},
		{"body that is no template", `<set-body>{{one}}</set-body>`, named("one")},

		{"fragment", `<include-fragment fragment-id="f"/>`, one("policy fragment", "f")},
		{"fragment in single quotes", `<include-fragment fragment-id='f' />`, one("policy fragment", "f")},
		{"fragment after another attribute", "<include-fragment  x=\"1\"\n\tfragment-id = \" f \"  y='2'></include-fragment>", one("policy fragment", "f")},
		{"attribute of another name", `<include-fragment my-fragment-id="f"/>`, nil},
		{"fragment by named value", `<include-fragment fragment-id="{{f}}"/>`, named("f")},
		{"backend", `<set-backend-service backend-id="b"/>`, one("backend", "b")},
		{"backend by expression", `<set-backend-service backend-id="@(x ? "b" : "c")"/>`, nil},
		{"backend by URL", `<set-backend-service base-url="https://b"/>`, nil},
		{"content safety", `<llm-content-safety backend-id="b" shield-prompt="true"/>`, one("backend", "b")},
		{"semantic cache", `<azure-openai-semantic-cache-lookup embeddings-backend-id="b"/>`, one("backend", "b")},
		{"client certificate", `<authentication-certificate certificate-id="c"/>`, one("certificate", "c")},
		{"thumbprint", `<authentication-certificate thumbprint="AB"/>`, nil},
		{"key of a token", `<validate-jwt><issuer-signing-keys><key certificate-id="c"/></issuer-signing-keys></validate-jwt>`, one("certificate", "c")},
		{"key of something else", `<a><key certificate-id="c"/></a>`, nil},
		{"issuer", `<validate-client-certificate><identities><identity issuer-certificate-id="c"/></identities></validate-client-certificate>`, one("certificate", "c")},
		{
			"authorization", `<get-authorization-context provider-id="p" authorization-id="a" context-variable-name="v"/>`,
			[]Reference{{"authorization", "p/a"}, {"authorization provider", "p"}},
		},
		{
			"authorization by expression", `<get-authorization-context provider-id="p" authorization-id="@("a")"/>`,
			one("authorization provider", "p"),
		},
		{"logger", `<log-to-eventhub logger-id="l">@("x")</log-to-eventhub>`, one("logger", "l")},
		{"schema", `<validate-content><content type="application/json" schema-id="s"/></validate-content>`, one("schema", "s")},
		{"api of a product's limit", `<rate-limit calls="1"><api id="a" calls="1"/></rate-limit>`, one("api", "a")},
		{"data in a body", `<set-body><include-fragment fragment-id="f"/></set-body>`, nil},
		{"cache", `<cache-lookup-value caching-type="internal"/>`, nil},

		{
			"no structure", "<a <!-- {{no}} --><set-backend-service backend-id='b'/>{{one}}<set-body template=\"liquid\">{{two}}",
			[]Reference{{"backend", "b"}, {"named value", "one"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := References(tt.text)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("References(%q) (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}
