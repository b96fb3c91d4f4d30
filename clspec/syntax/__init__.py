"""Text to Document and back: the only place that knows Lark and YAML."""
