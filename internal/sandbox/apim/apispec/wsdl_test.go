package apispec_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim/apispec"
)

const calculator = `<?xml version="1.0" encoding="utf-16"?>
<wsdl:definitions name="Calc" targetNamespace="urn:calc" xmlns:tns="urn:calc" xmlns:xs="http://www.w3.org/2001/XMLSchema"
  xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/">
 <wsdl:types><xs:schema targetNamespace="urn:calc"><xs:element name="Add" type="tns:T"/></xs:schema></wsdl:types>
 <wsdl:message name="AddIn"><wsdl:part name="p" element="tns:Add"/></wsdl:message>
 <wsdl:message name="AddOut"><wsdl:part name="p" element="tns:AddResponse"/></wsdl:message>
 <wsdl:portType name="ICalc">
  <wsdl:operation name="Add"><wsdl:documentation>Adds.</wsdl:documentation><wsdl:input message="tns:AddIn"/><wsdl:output message="tns:AddOut"/></wsdl:operation>
  <wsdl:operation name="Reset"><wsdl:input message="tns:None"/></wsdl:operation>
 </wsdl:portType>
 <wsdl:binding name="B12" type="tns:ICalc"><soap12:binding/><wsdl:operation name="Add"><soap12:operation soapAction="urn:other"/></wsdl:operation></wsdl:binding>
 <wsdl:binding name="B11" type="tns:ICalc"><soap:binding/>
  <wsdl:operation name="Add"><soap:operation soapAction="urn:calc/{Add}"/></wsdl:operation>
  <wsdl:operation name="Reset"><soap:operation soapAction=""/></wsdl:operation>
 </wsdl:binding>
 <wsdl:service name="CalcService">
  <wsdl:port name="P12" binding="tns:B12"><soap12:address location="https://example.com/12"/></wsdl:port>
  <wsdl:port name="P11" binding="tns:B11"><soap:address location="https://example.com/calc.asmx"/></wsdl:port>
 </wsdl:service>
</wsdl:definitions>`

func TestImportWSDL(t *testing.T) {
	o := options(false)
	o.APIType = apispec.TypeSOAP
	got := mustImport(t, "wsdl", calculator, o)
	add := apispec.Operation{Name: "000000000000000000000002", Properties: object{
		"displayName": "Add", "description": "Adds.", "method": "POST", "urlTemplate": "/?soapAction=urn:calc/%7BAdd%7D",
		"templateParameters": list{},
		"request": object{
			"description": "ICalc_Add_InputMessage", "headers": list{}, "queryParameters": list{},
			"representations": list{object{"contentType": "text/xml", "schemaId": "000000000000000000000001", "typeName": "Add"}},
		},
		"responses": list{object{
			"statusCode": 200, "description": "ICalc_Add_OutputMessage", "headers": list{},
			"representations": list{object{"contentType": "text/xml", "schemaId": "000000000000000000000001", "typeName": "AddResponse"}},
		}},
	}}
	reset := apispec.Operation{Name: "000000000000000000000003", Properties: object{
		"displayName": "Reset", "method": "POST", "urlTemplate": "/?soapAction=Reset", "templateParameters": list{},
		"request": object{
			"description": "ICalc_Reset_InputMessage", "headers": list{}, "queryParameters": list{},
			"representations": list{object{"contentType": "text/xml"}},
		},
		"responses": list{object{
			"statusCode": 200, "description": "ICalc_Reset_OutputMessage", "headers": list{}, "representations": list{},
		}},
	}}
	schemas := got.Schemas
	got.Schemas = nil
	want := &apispec.Definition{
		Title: "CalcService", Type: "soap", ServiceURL: "https://example.com/calc.asmx",
		Operations: []apispec.Operation{add, reset},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Import() differs (-want +got):\n%s", diff)
	}
	xsd := schemas[0].Properties
	value := xsd["document"].(object)["value"].(string)
	if xsd["contentType"] != apispec.ContentTypeXSD || !strings.HasPrefix(value, "<xs:schema xmlns:tns=\"urn:calc\"") || !strings.HasSuffix(value, "</xs:schema>") {
		t.Errorf("first schema = %v, want the XML schema with its prefixes", xsd)
	}
	if got := schemas[1].Properties["contentType"]; got != apispec.ContentTypeWSDL {
		t.Errorf("second schema's contentType = %v, want %v", got, apispec.ContentTypeWSDL)
	}
}

// Without SOAP pass-through the operations are REST ones.
func TestImportWSDLAsREST(t *testing.T) {
	d := mustImport(t, "wsdl", calculator, options(false))
	if got, want := signatures(d, ""), []string{"POST /Add [] [] []", "POST /Reset [] [] []"}; d.Type != "http" || !cmp.Equal(got, want) {
		t.Errorf("type %q with operations %v, want http with %v", d.Type, got, want)
	}
}

func TestImportWADL(t *testing.T) {
	d := mustImport(t, "wadl-xml", wadl, options(false))
	want := []string{
		"GET /towns/{town}/now [town] [unit] [key]", "PUT /towns/{town}/now [town] [] [key]", "POST /towns/{implied} [implied] [] [key]",
	}
	if diff := cmp.Diff(want, signatures(d, "")); diff != "" {
		t.Errorf("operations differ (-want +got):\n%s", diff)
	}
	if d.Title != "Weather" || d.Description != "All kinds of it." || d.ServiceURL != "https://example.com/w" {
		t.Errorf("Import() = %q, %q, %q, want title, description and base of the document", d.Title, d.Description, d.ServiceURL)
	}
	var statuses []any
	for _, r := range d.Operations[0].Properties["responses"].(list) {
		statuses = append(statuses, r.(object)["statusCode"])
	}
	if want := []any{200, 203, 200}; !cmp.Equal(statuses, want) {
		t.Errorf("statuses = %v, want %v", statuses, want)
	}
}
