// aws-sdk v2 does not read AWS_ENDPOINT_URL; this is its documented setting, loaded with `node --require`.
require("aws-sdk").config.update({ endpoint: process.env.AWS_ENDPOINT_URL });
