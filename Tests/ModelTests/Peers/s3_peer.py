"""A server that speaks S3, with a bucket `files`. Prints `listening PORT KEY SECRET`.

usage: s3_peer.py [open]      it checks signatures, unless it is open: moto fails at links while it does
"""

import os
import sys
import time

# What makes the user and the key comes before anybody is checked.
if sys.argv[1:] != ["open"]:
    os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "3"

import boto3  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
place = {"endpoint_url": f"http://127.0.0.1:{port}", "region_name": "us-east-1"}
iam = boto3.client("iam", aws_access_key_id="none", aws_secret_access_key="none", **place)
iam.create_user(UserName="files")
key = iam.create_access_key(UserName="files")["AccessKey"]
iam.put_user_policy(
    UserName="files", PolicyName="all",
    PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}')
s3 = boto3.client(
    "s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"], **place)
s3.create_bucket(Bucket="files")
print(f"listening {port} {key['AccessKeyId']} {key['SecretAccessKey']}", flush=True)
while True:
    time.sleep(3600)
