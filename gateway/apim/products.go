package apim

import (
	"context"
	"fmt"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/arm"
	"github.com/lockstep-apiops/lockstep/gateway/rest"
)

// storeProduct writes a product and, if it is new, removes what the service
// adds to a new one: a subscription for whoever created it, and groups. Those
// that git wants are written after it. What a product has that was there
// before is left alone.
func storeProduct(ctx context.Context, c *rest.Caller, w *rest.Write) error {
	path := c.Path(w.Want.Key)
	fresh := false
	if w.Have == nil {
		_, found, err := c.Head(ctx, path, nil)
		if err != nil {
			return err
		}
		fresh = !found
	}
	if _, _, err := c.Put(ctx, path, nil, w.Body, w.IfMatch); err != nil || !fresh {
		return err
	}
	if err := removeSubscriptions(ctx, c, w.Want.Key, path); err != nil {
		return err
	}
	return removeGroups(ctx, c, w.Want.Key)
}

func removeSubscriptions(ctx context.Context, c *rest.Caller, product gateway.Key, path string) error {
	owner := c.Kinds.Parent(product)
	for item, err := range c.Pages(ctx, path+"/subscriptions", nil) {
		if arm.IsNotFound(err) { // workspaces have no such list, and make no subscription
			return nil
		}
		if err != nil {
			return fmt.Errorf("list subscriptions made with the product: %w", err)
		}
		name, _ := item["name"].(string)
		if err := c.Delete(ctx, c.Path(owner)+"/subscriptions/"+rest.Escape(name), nil, "*"); err != nil && !arm.IsNotFound(err) {
			return fmt.Errorf("delete subscription made with the product: %w", err)
		}
	}
	return nil
}

// removeGroups takes a product away from the groups that see it, but for the
// one that always does.
func removeGroups(ctx context.Context, c *rest.Caller, product gateway.Key) error {
	link := product.Child(product.Kind+" group", "")
	path := c.Collection(product, link.Kind)
	for item, err := range c.Pages(ctx, path, nil) {
		if arm.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("list groups added to the product: %w", err)
		}
		id, _ := gateway.Field(item, "properties.groupId").(string)
		name, _ := item["name"].(string)
		group := id[strings.LastIndexByte(id, '/')+1:]
		if c.Kinds.IsBuiltin(product.Child(link.Kind, group)) {
			continue
		}
		if err := c.Delete(ctx, path+"/"+rest.Escape(name), nil, "*"); err != nil && !arm.IsNotFound(err) {
			return fmt.Errorf("remove group %s added to the product: %w", group, err)
		}
	}
	return nil
}
