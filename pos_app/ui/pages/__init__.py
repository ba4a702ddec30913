"""The pages of the window: each shows frozen views and says by signals what was pressed."""
