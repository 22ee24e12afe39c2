// Package policy knows what the text of an API Management policy says: whether
// two texts say the same, and which other resources a text names.
//
// A policy looks like XML and mostly is not. Expressions (C# between "@(" and
// ")" or between "@{" and "}") stand unescaped in attributes and between tags,
// with quotes, angle brackets and ampersands of their own. An XML parser
// refuses most real policies, and an XML writer would rewrite what an author
// wrote, so this package scans a text where it stands and never writes one.
//
// The scanner follows elements, attributes, comments, CDATA sections and, inside
// expressions, C# strings of every form of C# 7, characters, comments and nested
// brackets. It also follows expressions whose quotes are written as &quot;,
// the form that a policy has when it is stored as well-formed XML. It does not
// know what a policy element means, whether an attribute is allowed, or whether
// an expression compiles.
package policy
