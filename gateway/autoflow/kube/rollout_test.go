package kube

import (
	"encoding/json"
	"testing"
)

func TestLeft(t *testing.T) {
	for _, tt := range []struct{ name, object, want string }{
		{"not begun", `{"metadata":{"generation":2},"spec":{"replicas":1},"status":{"observedGeneration":1,"replicas":1,"updatedReplicas":1,"availableReplicas":1}}`, "the cluster has not begun"},
		{"begun", `{"spec":{"replicas":3},"status":{"replicas":3,"updatedReplicas":1}}`, "1 of 3 pods are new"},
		{"old pods", `{"spec":{"replicas":1},"status":{"replicas":2,"updatedReplicas":1,"availableReplicas":2}}`, "1 old pods are not gone"},
		{"not available", `{"spec":{"replicas":2},"status":{"replicas":2,"updatedReplicas":2,"availableReplicas":1}}`, "1 of 2 new pods are available"},
		{"done", `{"spec":{"replicas":2},"status":{"replicas":2,"updatedReplicas":2,"availableReplicas":2}}`, ""},
		{"none wanted", `{"spec":{"replicas":0},"status":{}}`, ""},
		{"stateful, old pods", `{"spec":{"replicas":1},"status":{"replicas":1,"updatedReplicas":1,"availableReplicas":1,"currentRevision":"a","updateRevision":"b"}}`, "old pods are not gone"},
		{"daemons", `{"spec":{},"status":{"desiredNumberScheduled":3,"updatedNumberScheduled":2,"numberAvailable":3}}`, "2 of 3 pods are new"},
		{"daemons, done", `{"spec":{},"status":{"desiredNumberScheduled":3,"updatedNumberScheduled":3,"numberAvailable":3}}`, ""},
		{"daemons without nodes", `{"spec":{},"status":{}}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var w workload
			if err := json.Unmarshal([]byte(tt.object), &w); err != nil {
				t.Fatal(err)
			}
			if got := w.left(); got != tt.want {
				t.Errorf("left: got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestValidName(t *testing.T) {
	for name, want := range map[string]bool{"autoflow": true, "a.b-1": true, "": false, "A": false, "a/b": false, "..": false, "-a": false, "ä": false} {
		if got := ValidName(name); got != want {
			t.Errorf("ValidName(%q) = %t, want %t", name, got, want)
		}
	}
}
