package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"
)

// A linter knows the types of Kubernetes, the rules for pods, and the schema of Argo Workflows if there is one.
type linter struct {
	types runtime.Decoder
	pods  policy.Evaluator
	argo  *jsonschema.Schema
}

func newLinter(schema string) (*linter, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, batchv1.AddToScheme, appsv1.AddToScheme, rbacv1.AddToScheme, networkingv1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	pods, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return nil, err
	}
	l := &linter{types: serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer(), pods: pods}
	if schema != "" {
		l.argo, err = compile(schema)
	}
	return l, err
}

// compile reads the schema, and makes it refuse fields that it does not name: as it is published it lets any through.
func compile(name string) (*jsonschema.Schema, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(f)
	if err := f.Close(); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	strict(doc)
	top, ok := doc.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("read %s: it is no schema", name)
	}
	delete(top, "oneOf") // of all that there is; which one is known here
	delete(top, "$id")
	top["$ref"] = "#/definitions/io.argoproj.workflow.v1alpha1.CronWorkflow"
	c := jsonschema.NewCompiler()
	if err := c.AddResource("argo.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("argo.json")
}

// strict closes every object that names its fields.
func strict(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v["properties"].(map[string]any); ok && v["additionalProperties"] == nil {
			v["additionalProperties"] = false
		}
		for _, inner := range v {
			strict(inner)
		}
	case []any:
		for _, inner := range v {
			strict(inner)
		}
	}
}

// document returns what is wrong with one document.
func (l *linter) document(text []byte) []string {
	var head struct {
		APIVersion string `json:"apiVersion"`
	}
	if err := yaml.Unmarshal(text, &head); err != nil {
		return []string{err.Error()}
	}
	if head.APIVersion == "" {
		return nil // comments
	}
	if strings.HasPrefix(head.APIVersion, "argoproj.io/") {
		return l.workflow(text)
	}
	object, _, err := l.types.Decode(text, nil, nil)
	if err != nil {
		return []string{err.Error()}
	}
	switch object := object.(type) {
	case *batchv1.Job:
		return l.pod(object.Spec.Template)
	case *appsv1.Deployment:
		return l.pod(object.Spec.Template)
	case *batchv1.CronJob:
		return l.pod(object.Spec.JobTemplate.Spec.Template)
	}
	return nil
}

// pod returns why a cluster that admits restricted pods only would not admit this one.
func (l *linter) pod(pod corev1.PodTemplateSpec) []string {
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	var wrong []string
	for _, r := range l.pods.EvaluatePod(level, &pod.ObjectMeta, &pod.Spec) {
		if !r.Allowed {
			wrong = append(wrong, "not restricted: "+r.ForbiddenReason+": "+r.ForbiddenDetail)
		}
	}
	return wrong
}

// workflow returns what is wrong with an object of Argo Workflows, and with the pods it makes.
func (l *linter) workflow(text []byte) []string {
	if l.argo == nil {
		return []string{"there is no schema of Argo Workflows to check this with"}
	}
	asJSON, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return []string{err.Error()}
	}
	var doc any
	if err := json.Unmarshal(asJSON, &doc); err != nil {
		return []string{err.Error()}
	}
	var wrong []string
	if err := l.argo.Validate(doc); err != nil {
		wrong = append(wrong, err.Error())
	}
	var w struct {
		Spec struct {
			WorkflowSpec struct {
				SecurityContext *corev1.PodSecurityContext `json:"securityContext"`
				Templates       []struct {
					Container *corev1.Container `json:"container"`
				} `json:"templates"`
			} `json:"workflowSpec"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(asJSON, &w); err != nil {
		return append(wrong, err.Error())
	}
	for _, t := range w.Spec.WorkflowSpec.Templates {
		if t.Container != nil {
			spec := corev1.PodSpec{SecurityContext: w.Spec.WorkflowSpec.SecurityContext, Containers: []corev1.Container{*t.Container}}
			wrong = append(wrong, l.pod(corev1.PodTemplateSpec{Spec: spec})...)
		}
	}
	return wrong
}
