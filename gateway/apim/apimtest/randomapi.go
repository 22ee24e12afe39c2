package apimtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// api makes an API and perhaps revisions of it.
func (m *maker) api(key gateway.Key) {
	root := m.rootWide(key)
	current := 1
	if m.IntN(3) == 0 {
		current = 1 + m.IntN(3)
	}
	revisions := []int{current}
	for n := 1; n <= 3; n++ {
		if n != current && m.IntN(5) == 0 {
			revisions = append(revisions, n)
		}
	}
	for i, n := range revisions {
		own := key
		if i > 0 {
			own = m.kinds.Parent(key).Child(key.Kind, fmt.Sprintf("%s;rev=%d", key.Name(), n))
		}
		p, _ := gateway.Clone(root).(map[string]any)
		p["apiRevision"] = fmt.Sprint(n)
		m.ownFields(p)
		r := &gateway.Resource{Key: own, Spec: m.kinds.Normal(m.kinds.Get(key.Kind), map[string]any{"properties": p})}
		r.Files = m.document(p)
		m.remember(r)
	}
}

// apiAgain makes the fields in which a state of an API may differ from another.
func (m *maker) apiAgain(gateway.Key) map[string]any {
	p := map[string]any{}
	m.ownFields(p)
	return p
}

// rootWide makes what all revisions of an API share.
func (m *maker) rootWide(key gateway.Key) map[string]any {
	p := map[string]any{"displayName": "API " + plain(key.Name()), "path": "path/" + plain(key.Name())}
	switch m.IntN(10) {
	case 0:
		p["type"], p["protocols"] = "websocket", []any{"wss", "ws"}
	case 1, 2:
		p["type"] = "graphql"
	case 3:
		p["type"] = "soap"
	case 4:
		p["type"] = "mcp"
		p["mcpTools"] = []any{map[string]any{"name": "tool", "operationId": "/apis/somewhere/operations/x", "new": 1.5}}
	case 5:
		p["type"] = "a2a"
		p["a2aProperties"] = map[string]any{"agentCardPath": "/card.json"}
	default:
		m.maybe(p, "protocols", []any{"https", "http"})
	}
	m.maybe(p, "subscriptionKeyParameterNames", map[string]any{"header": "X-Key", "query": "key"})
	if set, ok := m.one("version set", key); ok && m.IntN(2) == 0 {
		p["apiVersionSetId"], p["apiVersion"] = m.kinds.ID(set), "v-"+plain(key.Name())
	}
	return p
}

// ownFields makes what each revision has for itself.
func (m *maker) ownFields(p map[string]any) {
	m.maybe(p, "description", m.word())
	m.maybe(p, "serviceUrl", fmt.Sprintf("https://%d.example.com", m.IntN(9)))
	m.maybe(p, "subscriptionRequired", false)
	m.maybe(p, "apiRevisionDescription", m.word())
	m.maybe(p, "contact", map[string]any{"name": m.word(), "email": "someone@example.com"})
}

// document makes the definition of an API.
func (m *maker) document(p map[string]any) map[string][]byte {
	switch p["type"] {
	case "graphql":
		text := fmt.Sprintf("type Query {\n  one: String\n  two(a: Int = %d): [String!]!\n}\n", m.IntN(9))
		return map[string][]byte{"specification.graphql": []byte(text)}
	case "soap":
		return map[string][]byte{"specification.wsdl": []byte(wsdl)}
	case nil:
		doc := m.openAPI(p)
		if m.IntN(3) == 0 {
			text, err := json.MarshalIndent(doc, "", " ")
			if err != nil {
				panic(err) // it is made of plain values
			}
			return map[string][]byte{"specification.json": text}
		}
		text, err := yaml.Marshal(doc)
		if err != nil {
			panic(err)
		}
		return map[string][]byte{"specification.yaml": text}
	}
	return nil
}

// openAPI makes an OpenAPI document with a few operations.
func (m *maker) openAPI(p map[string]any) map[string]any {
	paths := map[string]any{}
	for i := range m.IntN(4) {
		item := map[string]any{}
		for _, method := range m.some(0.6, []string{"get", "post", "delete"}) {
			item[method] = m.operation(method, i)
		}
		if len(item) > 0 {
			paths[fmt.Sprintf("/things%d/{id}", i)] = item
		}
	}
	info := map[string]any{"title": p["displayName"], "version": "1.0"}
	m.maybe(info, "description", "what it does")
	return map[string]any{
		"openapi": "3.0.1", "info": info, "paths": paths,
		"components": map[string]any{"schemas": map[string]any{"Thing": map[string]any{
			"type": "object", "required": []any{"name"}, "properties": map[string]any{
				"name": map[string]any{"type": "string", "maxLength": 10 + m.IntN(5)},
				"next": map[string]any{"$ref": "#/components/schemas/Thing"},
			}}}},
	}
}

func (m *maker) operation(method string, i int) map[string]any {
	forms := []string{"%s-thing-%d", "%sThing%d", "%s.thing_%d"}
	op := map[string]any{
		"operationId": fmt.Sprintf(forms[i%len(forms)], method, i), "summary": m.word(),
		"parameters": []any{map[string]any{"name": "id", "in": "path", "required": true, "schema": map[string]any{"type": "string"}}},
		"responses":  map[string]any{"200": map[string]any{"description": "done"}},
	}
	thing := map[string]any{"application/json": map[string]any{"schema": map[string]any{"$ref": "#/components/schemas/Thing"}}}
	m.maybe(op, "description", m.word())
	if method == "post" {
		op["requestBody"] = map[string]any{"content": thing}
	}
	if m.IntN(2) == 0 {
		op["responses"] = map[string]any{"200": map[string]any{"description": "a thing", "content": thing}, "404": map[string]any{"description": "none"}}
	}
	if m.IntN(2) == 0 {
		op["parameters"] = append(op["parameters"].([]any), map[string]any{
			"name": "q", "in": "query", "description": "how many", "schema": map[string]any{"type": "integer"}})
	}
	return op
}

// operationNames returns the operations that the document of an API has.
func operationNames(r *gateway.Resource) []string {
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `yaml:"operationId"`
		}
	}
	for name, text := range r.Files {
		if !strings.HasSuffix(name, ".yaml") && !strings.HasSuffix(name, ".json") {
			continue
		}
		if err := yaml.Unmarshal(text, &doc); err != nil {
			panic(err) // this package wrote it
		}
	}
	var names []string
	for _, item := range doc.Paths {
		for _, op := range item {
			names = append(names, op.OperationID)
		}
	}
	slices.Sort(names)
	return names
}

const wsdl = `<?xml version="1.0" encoding="utf-8"?>
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:tns="urn:things" targetNamespace="urn:things" name="Things">
  <wsdl:types>
    <xs:schema targetNamespace="urn:things" elementFormDefault="qualified">
      <xs:element name="Ask"><xs:complexType><xs:sequence><xs:element name="q" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
      <xs:element name="Answer"><xs:complexType><xs:sequence><xs:element name="a" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
    </xs:schema>
  </wsdl:types>
  <wsdl:message name="AskIn"><wsdl:part name="parameters" element="tns:Ask"/></wsdl:message>
  <wsdl:message name="AskOut"><wsdl:part name="parameters" element="tns:Answer"/></wsdl:message>
  <wsdl:portType name="ThingsPort">
    <wsdl:operation name="Ask"><wsdl:input message="tns:AskIn"/><wsdl:output message="tns:AskOut"/></wsdl:operation>
  </wsdl:portType>
  <wsdl:binding name="ThingsSoap" type="tns:ThingsPort">
    <soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <wsdl:operation name="Ask">
      <soap:operation soapAction="urn:things/Ask" style="document"/>
      <wsdl:input><soap:body use="literal"/></wsdl:input>
      <wsdl:output><soap:body use="literal"/></wsdl:output>
    </wsdl:operation>
  </wsdl:binding>
  <wsdl:service name="Things"><wsdl:port name="ThingsSoap" binding="tns:ThingsSoap"><soap:address location="https://soap.example.com/things"/></wsdl:port></wsdl:service>
</wsdl:definitions>
`
