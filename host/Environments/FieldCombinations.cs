using System.Text.Json.Nodes;

namespace MeshPort.Host.Environments;

/// <summary>Adds to the JSON Schema the rules that concern several fields together, as the validators apply them.</summary>
internal static class FieldCombinations
{
    public static void OfCluster(JsonObject spec)
    {
        Extend(
            spec["properties"]!["network"]!, // every note has its property
            """
            {
              "anyOf": [
                { "type": "null" },
                {
                  "required": ["subnetId"],
                  "properties": {
                    "subnetId": { "type": "string" },
                    "vnet": { "type": "null" },
                    "addressPrefix": { "type": "null" },
                    "subnet": { "type": "null" },
                    "subnetPrefix": { "type": "null" }
                  }
                },
                {
                  "required": ["vnet", "addressPrefix", "subnet", "subnetPrefix"],
                  "properties": {
                    "subnetId": { "type": "null" },
                    "vnet": { "type": "string" },
                    "addressPrefix": { "type": "string" },
                    "subnet": { "type": "string" },
                    "subnetPrefix": { "type": "string" }
                  }
                }
              ]
            }
            """
        );
        Extend(
            spec["properties"]!["nodePool"]!, // see above
            """
            {
              "anyOf": [{ "properties": { "count": { "type": "null" } } }, { "properties": { "autoscaler": { "type": "null" } } }]
            }
            """
        );
        Extend(
            spec["properties"]!["upgrades"]!, // see above
            """
            {
              "if": { "properties": { "channel": { "const": "node-image" } }, "required": ["channel"] },
              "then": { "properties": { "nodeOsChannel": { "enum": ["NodeImage", null] } } }
            }
            """
        );
        Extend(
            spec,
            """
            {
              "allOf": [
                {
                  "if": { "properties": { "connection": { "type": "string", "pattern": "^kubeconfig:" } }, "required": ["connection"] },
                  "then": { "properties": { "features": { "maxItems": 0 }, "network": { "type": "null" } } }
                },
                {
                  "if": { "properties": { "workloadIdentity": { "const": true } }, "required": ["workloadIdentity"] },
                  "then": { "properties": { "oidcIssuer": { "not": { "const": false } } } }
                },
                {
                  "if": { "properties": { "networkPlugin": { "const": "kubenet" } }, "required": ["networkPlugin"] },
                  "then": { "properties": { "dataplane": { "not": { "const": "cilium" } } } }
                }
              ]
            }
            """
        );
    }

    public static void OfExposure(JsonObject spec)
    {
        Extend(
            spec["properties"]!["backends"]!, // every note has its property
            """
            {
              "if": { "minItems": 2 },
              "then": { "items": { "required": ["weight"], "properties": { "weight": { "type": "integer" } } } }
            }
            """
        );
        Extend(
            spec["properties"]!["tls"]!, // see above
            """
            {
              "if": { "properties": { "mode": { "const": "passthrough" } }, "required": ["mode"] },
              "then": { "properties": { "certificate": { "type": "null" }, "minVersion": { "type": "null" } } },
              "else": { "properties": { "certificate": { "type": "object" } }, "required": ["certificate"] }
            }
            """
        );
        Extend(
            spec["properties"]!["workload"]!["properties"]!["securityContext"]!, // see above
            """
            {
              "if": { "properties": { "level": { "const": "baseline" } }, "required": ["level"] },
              "else": { "properties": { "runAsUser": { "minimum": 1 } } }
            }
            """
        );
        Extend(
            spec,
            """
            {
              "allOf": [
                {
                  "if": { "properties": { "protocol": { "const": "TLS" } }, "required": ["protocol"] },
                  "then": {
                    "if": {
                      "properties": {
                        "tls": {
                          "type": "object",
                          "not": { "properties": { "mode": { "const": "passthrough" } }, "required": ["mode"] }
                        }
                      },
                      "required": ["tls"]
                    },
                    "else": { "properties": { "sniHosts": { "type": "array", "minItems": 1 } }, "required": ["sniHosts"] }
                  },
                  "else": { "properties": { "sniHosts": { "maxItems": 0 }, "tls": { "type": "null" } } }
                },
                {
                  "if": {
                    "properties": { "tls": { "type": "object", "properties": { "mode": { "const": "mutual" } }, "required": ["mode"] } },
                    "required": ["tls"]
                  },
                  "else": { "properties": { "probe": { "properties": { "clientCertificate": { "type": "null" } } } } }
                }
              ]
            }
            """
        );
    }

    private static void Extend(JsonNode schema, string keywords)
    {
        foreach (var (keyword, value) in JsonNode.Parse(keywords)?.AsObject() ?? [])
        {
            schema[keyword] = value?.DeepClone();
        }
    }
}
