// Exists so that its target has a precompiled header.
