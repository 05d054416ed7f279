"""Streamlit pages over the live state and the history of a site."""
