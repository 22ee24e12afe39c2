package apidef

import "strings"

// isWSDL reports whether e is the root of a WSDL 1.1 or 2.0 document.
func (e *element) isWSDL() bool {
	switch e.name.Space {
	case "http://schemas.xmlsoap.org/wsdl/":
		return e.name.Local == "definitions"
	case "http://www.w3.org/ns/wsdl":
		return e.name.Local == "description"
	}
	return false
}

// isAddress reports whether e says where a WSDL service is. A gateway puts its
// own address there.
func (e *element) isAddress() bool {
	return e.name.Local == "address" && strings.HasPrefix(e.name.Space, "http://schemas.xmlsoap.org/wsdl/")
}
