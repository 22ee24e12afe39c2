package kube

import (
	"strings"
)

// A Kind is one of those that are known here.
type Kind struct {
	Word     string // for people: configmap
	Name     string // in objects: ConfigMap
	Version  string // in objects: v1
	path     string
	resource string
}

// group returns the API group, as roles name it.
func (k Kind) group() string {
	group, _, _ := strings.Cut(k.Version, "/")
	if group == k.Version {
		return ""
	}
	return group
}

func kind(word, name, version, resource string) Kind {
	path := "api/" + version
	if strings.Contains(version, "/") {
		path = "apis/" + version
	}
	return Kind{Word: word, Name: name, Version: version, path: path, resource: resource}
}

// ConfigMap is the kind of maps of texts.
func ConfigMap() Kind { return kind("configmap", "ConfigMap", "v1", "configmaps") }

// Secret is the kind of maps of secrets.
func Secret() Kind { return kind("secret", "Secret", "v1", "secrets") }

// Namespace is the kind of what other objects are in.
func Namespace() Kind { return kind("namespace", "Namespace", "v1", "namespaces") }

// LeaseKind is the kind of locks.
func LeaseKind() Kind { return kind("lease", "Lease", "coordination.k8s.io/v1", "leases") }

// workloads are the kinds that can be restarted.
func workloads() []Kind {
	return []Kind{
		kind("deployment", "Deployment", "apps/v1", "deployments"),
		kind("statefulset", "StatefulSet", "apps/v1", "statefulsets"),
		kind("daemonset", "DaemonSet", "apps/v1", "daemonsets"),
	}
}

// Type says of what kind and version of the API an object is.
type Type struct {
	Kind       string `json:"kind,omitempty"`
	APIVersion string `json:"apiVersion,omitempty"`
}

// TypeOf returns what objects of a kind say of themselves.
func TypeOf(k Kind) Type { return Type{Kind: k.Name, APIVersion: k.Version} }

// Meta is what all objects have.
type Meta struct {
	Name            string            `json:"name,omitempty"`
	Namespace       string            `json:"namespace,omitempty"`
	ResourceVersion string            `json:"resourceVersion,omitempty"`
	Generation      int64             `json:"generation,omitempty"`
	Labels          map[string]string `json:"labels,omitempty"`
	Annotations     map[string]string `json:"annotations,omitempty"`
}

// A Map is a ConfigMap or a Secret. Its values are as they stand in it: those
// of BinaryData, and all of a Secret, are in base64.
type Map struct {
	Type
	Metadata   Meta              `json:"metadata"`
	Immutable  bool              `json:"immutable,omitempty"`
	Data       map[string]string `json:"data,omitempty"`
	BinaryData map[string]string `json:"binaryData,omitempty"`
}

// A Lease is a lock that ends when it is not renewed.
type Lease struct {
	Type
	Metadata Meta      `json:"metadata"`
	Spec     LeaseSpec `json:"spec"`
}

// LeaseSpec says who has a Lease.
type LeaseSpec struct {
	HolderIdentity       string `json:"holderIdentity"` // "": it is free
	LeaseDurationSeconds int    `json:"leaseDurationSeconds,omitempty"`
	AcquireTime          string `json:"acquireTime,omitempty"`
	RenewTime            string `json:"renewTime,omitempty"`
	LeaseTransitions     int    `json:"leaseTransitions,omitempty"`
}

// MicroTime is the form of times in a Lease.
const MicroTime = "2006-01-02T15:04:05.000000Z07:00"
