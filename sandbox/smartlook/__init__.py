"""Smartlook as its documents describe it; each answer that they leave open is a switch."""
