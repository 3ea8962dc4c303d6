"""Images beside peers: accuracy of small networks, and training speed."""
