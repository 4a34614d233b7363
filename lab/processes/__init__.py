"""The child processes of a lab, its folder, its ports, and the end of all of them."""
