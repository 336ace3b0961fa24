"""Objects in a bucket, by the S3 protocol, with the standard library alone."""

DEFAULT_REGION = "us-east-1"
