"""A simulated Shopify store: Admin GraphQL 2026-10 over HTTP, with state, limits and failures."""
