"""Painted widgets. Sizes and colours come from `pos_app.ui.theme`, never from the widget."""
