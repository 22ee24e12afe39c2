package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
)

// lister finds the method that lists.
func (c client) lister() (reflect.Value, bool) {
	if c.list != "" {
		m := c.v.MethodByName(c.list)
		return m, m.IsValid()
	}
	for i := range c.v.NumMethod() {
		name := c.v.Type().Method(i).Name
		if (strings.HasPrefix(name, "NewList") && strings.HasSuffix(name, "Pager")) || strings.HasPrefix(name, "ListBy") {
			return c.v.Method(i), true
		}
	}
	return reflect.Value{}, false
}

// page is one page of a list.
type page struct {
	names []string
	count int // of all pages, -1 where the kind has none
}

// pages lists a collection below the given owners.
func (c client) pages(ctx context.Context, owners []string) ([]page, error) {
	m, ok := c.lister()
	if !ok {
		return nil, errors.New("no method that lists")
	}
	args, err := arguments(ctx, m.Type(), request{names: owners})
	if err != nil {
		return nil, err
	}
	if m.Type().NumOut() == 2 {
		value, err := returned(m.Call(args))
		if err != nil {
			return nil, err
		}
		p, err := newPage(value)
		return []page{p}, err
	}
	pager := m.Call(args)[0]
	var all []page
	for pager.MethodByName("More").Call(nil)[0].Bool() {
		value, err := returned(pager.MethodByName("NextPage").Call([]reflect.Value{reflect.ValueOf(ctx)}))
		if err != nil {
			return nil, err
		}
		p, err := newPage(value)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// newPage reads what the list types of the SDK have in common.
func newPage(value reflect.Value) (page, error) {
	text, err := json.Marshal(value.Interface())
	if err != nil {
		return page{}, err
	}
	var list struct {
		Value []struct{ Name string }
		Count *int
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return page{}, err
	}
	p := page{count: -1}
	if list.Count != nil {
		p.count = *list.Count
	}
	for _, v := range list.Value {
		p.names = append(p.names, v.Name)
	}
	return p, nil
}
