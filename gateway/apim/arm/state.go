package arm

import "strings"

// state is how far an operation or a resource is.
type state int

const (
	unstated state = iota
	running
	succeeded
	failed
)

// stateOf reads how far things are from the status of an operation, which is
// at the top or, in answers of an address to ask, one level down; or from the
// provisioning state of a resource. A resource may have a property named
// status that means something else, so that one is read only where asked.
// envelope tells that body is an operation and not a resource.
func stateOf(body map[string]any, asked bool) (now state, envelope bool) {
	properties, _ := body["properties"].(map[string]any)
	if status, ok := body["status"].(string); ok {
		return operationState(status), true
	}
	if text, ok := properties["provisioningState"].(string); ok && text != "" {
		return resourceState(text), false
	}
	if status, ok := properties["status"].(string); ok && asked {
		return operationState(status), true
	}
	return unstated, false
}

// operationState reads the status of an operation: what is no end, goes on.
func operationState(status string) state {
	if s := resourceState(status); s == succeeded || s == failed {
		return s
	}
	return running
}

// resourceState reads a provisioning state. What it does not know counts as
// unstated, because some are no progress at all ("created" of an association).
func resourceState(text string) state {
	switch strings.ToLower(text) {
	case "succeeded", "completed":
		return succeeded
	case "failed", "canceled", "cancelled":
		return failed
	case "inprogress", "accepted", "running", "started", "pending", "creating", "updating", "deleting":
		return running
	}
	return unstated
}
