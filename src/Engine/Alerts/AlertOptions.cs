namespace ActorBalancer.Engine.Alerts;

/// <summary>Where alerts go.</summary>
public sealed record AlertOptions
{
    /// <summary>The mail server; null: no mail.</summary>
    public MailOptions? Mail { get; init; }

    /// <summary>Addresses that get every alert as a POST, signed as webhooks are; may be empty.</summary>
    public IReadOnlyList<Uri> Webhooks { get; init; } = [];

    /// <summary>Least time between two mails about one backend; what happens meanwhile comes in one mail at its
    /// end.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>A mail server.</summary>
public sealed record MailOptions
{
    /// <summary>Host name.</summary>
    public required string Host { get; init; }

    /// <summary>1 to 65535.</summary>
    public required int Port { get; init; }

    /// <summary>True: TLS from the first byte. False: STARTTLS when the server offers it.</summary>
    public bool Secure { get; init; }

    /// <summary>Whether the server's certificate must be valid for its name.</summary>
    public bool VerifyTls { get; init; } = true;

    /// <summary>Login; null: none. Never sent over a connection in clear text unless the server is this
    /// machine.</summary>
    public string? User { get; init; }

    /// <summary>Password; never logged.</summary>
    public string? Password { get; init; }

    /// <summary>Sender; null: the user if it is an address, otherwise <c>actorbalancer@</c> and the machine's
    /// name.</summary>
    public string? From { get; init; }

    /// <summary>Longest time for one mail.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);
}
