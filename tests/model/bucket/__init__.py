"""The collector of `solakube_regtool.objects` among clients of registries that share a bucket, request by request."""
