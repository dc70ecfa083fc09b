using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>Reads who ends the TLS of an exposure (<see cref="TlsSpec"/>).</summary>
internal static class TlsValidator
{
    /// <summary>The longest name whose Secret with the authority of clients has a valid name, too.</summary>
    private static readonly int LongestName = 253 - CertificateSpec.AuthoritySuffix.Length;

    private static readonly TextRule SecretName = new(text =>
        WorkloadValidator.ObjectName.Problem(text)
        ?? (
            text.Length > LongestName ? $"'{text}' is too long. Write at most {LongestName} characters."
            : text.EndsWith(CertificateSpec.AuthoritySuffix, StringComparison.Ordinal)
                ? $"Istio reads only certificate authorities of clients from '{text}'. "
                    + $"Name the Secret without {CertificateSpec.AuthoritySuffix}."
            : null
        )
    )
    {
        Pattern = WorkloadValidator.ObjectName.Pattern,
        Longest = LongestName,
    };

    /// <param name="reader">The reader of the field <c>tls</c>.</param>
    public static TlsSpec Read(SpecReader reader)
    {
        var mode = reader.Choice<TlsMode>("mode") ?? TlsMode.Terminate;
        var isPassthrough = mode == TlsMode.Passthrough;
        var tls = new TlsSpec(mode)
        {
            Certificate = GatewayCertificate(reader),
            MinVersion = reader.Choice<TlsVersion>("minVersion") ?? (isPassthrough ? null : TlsVersion.Tls12),
        };
        reader.RefuseUnknown();
        if (!isPassthrough && !reader.Has("certificate"))
        {
            reader.Error(
                "certificate",
                "Required",
                "The gateway needs a certificate. Name its Secret in certificate.secret, or a certificate in certificate.keyVault."
            );
        }

        if (tls is { Mode: TlsMode.Mutual, Certificate.KeyVault: not null })
        {
            reader.Error(
                "certificate/keyVault",
                "InvalidCombination",
                "In mode mutual, Istio reads the authority of clients beside the certificate, and a vault has none. Name a Secret in "
                    + "certificate.secret, or set the mode to terminate."
            );
        }

        foreach (var field in new[] { "certificate", "minVersion" }.Where(field => isPassthrough && reader.Has(field)))
        {
            reader.Error(
                field,
                "InvalidCombination",
                $"In mode passthrough, the backend ends TLS. Set the mode to terminate or mutual, or remove '{field}'."
            );
        }

        return tls;
    }

    /// <summary>A Secret in the namespace of the gateway, or a certificate in a key vault.</summary>
    private static CertificateSpec? GatewayCertificate(SpecReader reader)
    {
        if (reader.Object("certificate") is not { } certificate)
        {
            return null;
        }

        var spec = new CertificateSpec(certificate.Text("secret", check: SecretName))
        {
            KeyVault = certificate.Object("keyVault") is { } vault ? KeyVaultValidator.Read(vault) : null,
        };
        certificate.RequireOne("secret", "keyVault");
        certificate.RefuseUnknown();
        return spec;
    }

    /// <summary>A Secret in the namespace of the gateway.</summary>
    public static CertificateSpec? Certificate(SpecReader reader, string name)
    {
        if (reader.Object(name) is not { } certificate)
        {
            return null;
        }

        var spec = new CertificateSpec(certificate.Text("secret", required: true, check: SecretName) ?? "");
        certificate.RefuseUnknown();
        return spec;
    }

    /// <param name="reader">The reader of the exposure.</param>
    public static void CheckTogether(ExposureSpec exposure, SpecReader reader)
    {
        if (exposure is { Protocol: ExposureProtocol.Tcp, Tls: not null })
        {
            reader.Error("tls", "InvalidCombination", "'tls' requires protocol TLS. Set the protocol to TLS, or remove 'tls'.");
        }

        if (exposure is { Protocol: ExposureProtocol.Tls, SniHosts.Count: 0, Tls: null or { Mode: TlsMode.Passthrough } })
        {
            reader.Error(
                "sniHosts",
                "Required",
                "TLS passthrough requires server names. List the names whose connections MeshPort passes through, "
                    + "or let the gateway end TLS (tls.mode)."
            );
        }

        if (exposure.Protocol == ExposureProtocol.Tcp && exposure.SniHosts.Count > 0)
        {
            reader.Error(
                "sniHosts",
                "InvalidCombination",
                "Server names require protocol TLS. Set the protocol to TLS, or remove the names."
            );
        }

        if (exposure.Probe.ClientCertificate is not null && exposure.Tls is not { Mode: TlsMode.Mutual })
        {
            reader.Error(
                "probe/clientCertificate",
                "InvalidCombination",
                "Only a gateway in mode mutual asks for a client certificate. Set tls.mode to mutual, or remove it."
            );
        }
    }
}
