namespace ActorBalancer.Engine.Alerts.Mail;

/// <summary>A well-known mail service.</summary>
/// <param name="Name">What it is called in configuration, lower case.</param>
/// <param name="Host">Its server for senders.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="Secure">Whether TLS begins with the first byte; otherwise STARTTLS.</param>
public sealed record MailService(string Name, string Host, int Port, bool Secure);

/// <summary>The mail services that are known by name. Source: the services' own pages on sending by SMTP. A port with
/// TLS from the first byte is taken where a service has one: nothing can be stripped from it on the way.</summary>
public static class MailServices
{
    private const int Tls = 465;
    private const int StartTls = 587;

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyList<MailService> All { get; } =
    [
        new("aol", "smtp.aol.com", Tls, true),
        new("brevo", "smtp-relay.brevo.com", StartTls, false),
        new("fastmail", "smtp.fastmail.com", Tls, true),
        new("gmail", "smtp.gmail.com", Tls, true),
        new("gmx", "mail.gmx.com", StartTls, false),
        new("googlemail", "smtp.gmail.com", Tls, true),
        new("hotmail", "smtp-mail.outlook.com", StartTls, false),
        new("icloud", "smtp.mail.me.com", StartTls, false),
        new("live", "smtp-mail.outlook.com", StartTls, false),
        new("mailgun", "smtp.mailgun.org", Tls, true),
        new("mailjet", "in-v3.mailjet.com", StartTls, false),
        new("mandrill", "smtp.mandrillapp.com", StartTls, false),
        new("office365", "smtp.office365.com", StartTls, false),
        new("outlook", "smtp-mail.outlook.com", StartTls, false),
        new("outlook365", "smtp.office365.com", StartTls, false),
        new("postmark", "smtp.postmarkapp.com", StartTls, false),
        new("proton", "smtp.protonmail.ch", StartTls, false),
        new("sendgrid", "smtp.sendgrid.net", StartTls, false),
        new("ses", "email-smtp.us-east-1.amazonaws.com", Tls, true),
        new("ses-ap-northeast-1", "email-smtp.ap-northeast-1.amazonaws.com", Tls, true),
        new("ses-ap-south-1", "email-smtp.ap-south-1.amazonaws.com", Tls, true),
        new("ses-ap-southeast-1", "email-smtp.ap-southeast-1.amazonaws.com", Tls, true),
        new("ses-ap-southeast-2", "email-smtp.ap-southeast-2.amazonaws.com", Tls, true),
        new("ses-ca-central-1", "email-smtp.ca-central-1.amazonaws.com", Tls, true),
        new("ses-eu-central-1", "email-smtp.eu-central-1.amazonaws.com", Tls, true),
        new("ses-eu-north-1", "email-smtp.eu-north-1.amazonaws.com", Tls, true),
        new("ses-eu-west-1", "email-smtp.eu-west-1.amazonaws.com", Tls, true),
        new("ses-eu-west-2", "email-smtp.eu-west-2.amazonaws.com", Tls, true),
        new("ses-eu-west-3", "email-smtp.eu-west-3.amazonaws.com", Tls, true),
        new("ses-sa-east-1", "email-smtp.sa-east-1.amazonaws.com", Tls, true),
        new("ses-us-east-1", "email-smtp.us-east-1.amazonaws.com", Tls, true),
        new("ses-us-east-2", "email-smtp.us-east-2.amazonaws.com", Tls, true),
        new("ses-us-west-1", "email-smtp.us-west-1.amazonaws.com", Tls, true),
        new("ses-us-west-2", "email-smtp.us-west-2.amazonaws.com", Tls, true),
        new("yahoo", "smtp.mail.yahoo.com", Tls, true),
        new("yandex", "smtp.yandex.com", Tls, true),
        new("zoho", "smtp.zoho.com", Tls, true),
    ];

    /// <summary>The service of a name, in any case; null when it is not known.</summary>
    public static MailService? Find(string name) =>
        All.FirstOrDefault(service => service.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
