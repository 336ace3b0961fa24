"""The storage plugin: negotiates the storage class of a component from lists of preferences."""
