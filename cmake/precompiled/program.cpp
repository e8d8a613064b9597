// Exists so that its target has a precompiled header.
int main() { return 0; }
