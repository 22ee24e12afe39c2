package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	sdk "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/apimanagement/armapimanagement/v3"
)

// client is the SDK's client of one kind of resource. The SDK's clients share no
// interface, but all name their methods alike and take their parameters in one
// order: context, resource group, service, names from the outside in, If-Match,
// body, options. So one driver serves them all.
type client struct {
	v    reflect.Value
	list string // the method that lists, for a client with several
}

// newClient calls a constructor of the factory, given as a method expression.
func newClient(f *sdk.ClientFactory, constructor any, list string) client {
	return client{v: reflect.ValueOf(constructor).Call([]reflect.Value{reflect.ValueOf(f)})[0], list: list}
}

// methods are the names that the SDK has for a verb, the likeliest first.
func methods(verb rune) []string {
	return map[rune][]string{
		'G': {"Get"},
		'H': {"GetEntityTag", "CheckEntityExists", "GetEntityState"},
		'P': {"CreateOrUpdate", "BeginCreateOrUpdate", "Create"},
		'U': {"Update", "BeginUpdate"},
		'D': {"Delete", "BeginDelete"},
	}[verb]
}

// method finds the method for a verb.
func (c client) method(verb rune) (reflect.Value, bool) {
	if verb == 'L' {
		return c.lister()
	}
	for _, name := range methods(verb) {
		if m := c.v.MethodByName(name); m.IsValid() {
			return m, true
		}
	}
	return reflect.Value{}, false
}

// conditional reports whether a verb takes If-Match, for a resource of so many names.
func (c client) conditional(verb rune, names int) bool {
	m, ok := c.method(verb)
	if !ok {
		return false
	}
	texts := 0
	for i := range m.Type().NumIn() {
		in := m.Type().In(i)
		if in.Kind() == reflect.String {
			texts++
		}
		if in.Kind() == reflect.Pointer {
			if _, has := in.Elem().FieldByName("IfMatch"); has {
				return true
			}
		}
	}
	return texts > names+len([]string{group, service})
}

// request is one call of a client.
type request struct {
	verb  rune
	names []string // from the outside in
	etag  string   // If-Match; "" for none
	props string   // properties of the body, as JSON; "" for no body
}

// reply is what the SDK made of the answer.
type reply struct {
	status  int
	etag    string // as the SDK read it, "" where it does not
	success bool   // of a HEAD
	body    map[string]any
}

// do calls the method for the request's verb, and waits for long-running operations.
func (c client) do(ctx context.Context, q request) (reply, error) {
	m, ok := c.method(q.verb)
	if !ok {
		return reply{}, fmt.Errorf("%s has no method for %c", c.v.Type(), q.verb)
	}
	var first *http.Response
	args, err := arguments(policy.WithCaptureResponse(ctx, &first), m.Type(), q)
	if err != nil {
		return reply{}, err
	}
	value, err := returned(m.Call(args))
	if err != nil {
		return reply{}, err
	}
	if poll := value.MethodByName("PollUntilDone"); poll.IsValid() {
		often := &runtime.PollUntilDoneOptions{Frequency: time.Millisecond}
		if value, err = returned(poll.Call([]reflect.Value{reflect.ValueOf(ctx), reflect.ValueOf(often)})); err != nil {
			return reply{}, err
		}
	}
	return newReply(first, value)
}

// returned splits what a method of the SDK returned.
func returned(out []reflect.Value) (reflect.Value, error) {
	err, _ := out[len(out)-1].Interface().(error)
	return out[0], err
}

// newReply reads the fields that the response types of the SDK have in common.
func newReply(first *http.Response, value reflect.Value) (reply, error) {
	out := reply{status: first.StatusCode}
	if f := value.FieldByName("ETag"); f.IsValid() && !f.IsNil() {
		out.etag = f.Elem().String()
	}
	if f := value.FieldByName("Success"); f.IsValid() {
		out.success = f.Bool()
	}
	text, err := json.Marshal(value.Interface())
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal(text, &out.body)
}

// arguments fills the parameters of a method.
func arguments(ctx context.Context, m reflect.Type, q request) ([]reflect.Value, error) {
	texts := append([]string{group, service}, q.names...)
	if q.etag != "" {
		texts = append(texts, q.etag)
	}
	var args []reflect.Value
	for i := range m.NumIn() {
		in := m.In(i)
		switch in.Kind() {
		case reflect.String:
			if len(texts) == 0 {
				return nil, fmt.Errorf("%s wants more names than %v", m, q.names)
			}
			args = append(args, reflect.ValueOf(texts[0]).Convert(in))
			texts = texts[1:]
		case reflect.Struct:
			body, err := typed(in, q.props)
			if err != nil {
				return nil, err
			}
			args = append(args, body)
		case reflect.Pointer:
			args = append(args, options(in, q.etag))
		default:
			args = append(args, reflect.ValueOf(ctx))
		}
	}
	return args, nil
}

// options makes the last parameter, with If-Match where it has that.
func options(in reflect.Type, etag string) reflect.Value {
	o := reflect.New(in.Elem())
	if f := o.Elem().FieldByName("IfMatch"); f.IsValid() && etag != "" {
		f.Set(reflect.ValueOf(&etag))
	}
	return o
}

// typed makes the SDK's own type of a body, and refuses what the type would lose.
func typed(in reflect.Type, props string) (reflect.Value, error) {
	text := `{"properties":` + props + `}`
	if props == "" {
		text = `{}`
	}
	out := reflect.New(in)
	if err := json.Unmarshal([]byte(text), out.Interface()); err != nil {
		return reflect.Value{}, err
	}
	kept, err := json.Marshal(out.Interface())
	if err != nil {
		return reflect.Value{}, err
	}
	if missing := absent(decode(kept), decode([]byte(text)), ""); missing != "" {
		return reflect.Value{}, fmt.Errorf("%s has no %s", in, missing)
	}
	return out.Elem(), nil
}

// decode reads JSON that is known to be JSON.
func decode(text []byte) any {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		panic(fmt.Sprintf("decode %s: %v", text, err))
	}
	return v
}

// absent returns the path of a property that want has and got has not.
func absent(got, want any, at string) string {
	w, isObject := want.(map[string]any)
	if !isObject {
		return ""
	}
	g, _ := got.(map[string]any)
	for name, v := range w {
		if _, there := g[name]; !there {
			return at + name
		}
		if missing := absent(g[name], v, at+name+"."); missing != "" {
			return missing
		}
	}
	return ""
}
