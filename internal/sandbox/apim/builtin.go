package apim

// builtinDefinitions is what a server uses when it is not given anything else.
func builtinDefinitions() Definitions { return noDefinitions{} }
